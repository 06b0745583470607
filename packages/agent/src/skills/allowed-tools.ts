/*
 * `allowed-tools` of a skill: which commands a person need not be asked about while the skill is in use. They are rules
 * like those of rules.toml, and like them they never widen the sandbox.
 */

export type ToolRule = {
  readonly words: readonly string[];
  /** Speaks of exactly these words, not of all that begin so. */
  readonly exact: boolean;
};

export type ToolRules = {
  readonly rules: readonly ToolRule[];
  /** What means nothing here, a line each. */
  readonly refused: readonly string[];
};

/** Words that a shell takes as they are. */
const plainWords = /^[\w@%+=:,./-]+(?: [\w@%+=:,./-]+)*$/;

const ruleOf = (tool: string): ToolRule | string => {
  const [, name = "", inside] = /^([A-Za-z_][\w-]*)(?:\(([^)]*)\))?$/.exec(tool) ?? [];
  if (!/^(?:bash|shell)$/i.test(name)) return `${tool}: only commands can be named, as Bash(git add:*)`;
  const text = (inside ?? "").trim();
  const [, begin, open] = /^(.*?)(:\*| \*)?$/.exec(text) ?? [];
  if (begin === undefined || begin === "" || begin === "*") return `${tool}: it would allow every command`;
  if (!plainWords.test(begin)) return `${tool}: its words must be plain, without quotes or patterns`;
  return { words: begin.split(" "), exact: open === undefined };
};

/** What the names of tools come to. Pure. */
export const toolRules = (tools: readonly string[]): ToolRules => {
  const read = tools.map(ruleOf);
  return {
    rules: read.filter((rule) => typeof rule !== "string"),
    refused: read.filter((rule) => typeof rule === "string"),
  };
};

/** The same as the text of a rules file. */
export const rulesText = (rules: readonly ToolRule[]): string =>
  rules
    .map(
      ({ words, exact }) =>
        `[[rule]]\nprefix = [${words.map((word) => JSON.stringify(word)).join(", ")}]\ndecision = "allow"\nexact = ${exact}\n`,
    )
    .join("\n");
