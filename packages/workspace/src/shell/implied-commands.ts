import {
  type Command,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  type Statement,
  type SyntaxNode,
} from "unbash";
import { parseScript } from "./parse-script.ts";
import { literalOf } from "./words.ts";

/** What the exit of a whole script says of the simple commands in it. */
export type ImpliedCommands = {
  /** Commands that must all have exited 0 when the script did, as text without redirections. */
  readonly onSuccess: readonly string[];
  /**
   * The command that failed when the script did. For `cd FOLDER && COMMAND` that is COMMAND, although the folder might
   * be missing. Null when it cannot be told.
   */
  readonly onFailure: string | null;
};

const nothing: ImpliedCommands = { onSuccess: [], onFailure: null };

/** Builtins that end or replace the shell, or change what later commands mean. With one of them nothing is certain. */
const disturbing = new Set(
  `exit return exec logout trap kill eval source . alias unalias enable hash builtin command set shopt unset export
  declare typeset local readonly let suspend pushd popd break continue wait read mapfile readarray printf`.split(/\s+/),
);

const isDisturbing = (node: SyntaxNode): boolean => {
  if (node.type === "Function" || node.type === "Coproc") return true;
  if (node.type !== "Command") return false;
  // A command that is nothing but assignments changes the shell's variables, PATH among them.
  if (node.name === undefined) return node.prefix.some((item) => item.type === "Assignment");
  const name = literalOf(node.name);
  return name === null || disturbing.has(name);
};

const anywhere = (node: SyntaxNode, test: (node: SyntaxNode) => boolean): boolean => {
  if (test(node)) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= anywhere(child, test);
  });
  return found;
};

const isFolderChange = (node: SyntaxNode): boolean => node.type === "Command" && literalOf(node.name) === "cd";

const textOf = (command: Command): string =>
  [
    ...command.prefix.filter((item) => item.type === "Assignment").map((item) => item.text),
    command.name?.text ?? "",
    ...command.args.map((item) => item.text),
  ].join(" ");

/** Runs in the same folder as the script's caller sees it: earlier statements may not have moved the shell. */
const implicationOfList = (statements: readonly Statement[]): ImpliedCommands => {
  const last = statements.at(-1);
  if (last === undefined || last.background) return nothing;
  if (statements.slice(0, -1).some((earlier) => anywhere(earlier, isFolderChange))) return nothing;
  return implicationOf(last.command);
};

const implicationOfBody = (body: CompoundList): ImpliedCommands => implicationOfList(body.commands);

const chainSuccess = (commands: readonly PipelineNode[], operators: readonly string[]): string[] => {
  let certain: string[] = [];
  for (const [index, command] of commands.entries()) {
    // `a || b` says of neither that it succeeded.
    if (index > 0 && operators[index - 1] === "||") certain = [];
    else certain = [...certain, ...implicationOf(command).onSuccess];
  }
  return certain;
};

const implicationOf = (node: Statement["command"]): ImpliedCommands => {
  switch (node.type) {
    case "Command": {
      const text = textOf(node);
      return node.name === undefined ? nothing : { onSuccess: [text], onFailure: text };
    }
    case "Pipeline": {
      // Without pipefail, which is off unless `set`, only the last command counts.
      const last = node.commands.at(-1);
      const negated = node.prefixes.some((prefix) => prefix.type === "Negation");
      return negated || last === undefined ? nothing : implicationOf(last);
    }
    case "Subshell":
    case "BraceGroup":
      return implicationOfBody(node.body);
    case "Redirected":
      // A redirection that fails, fails the whole without any command run.
      return { onSuccess: implicationOf(node.command).onSuccess, onFailure: null };
    case "AndOr": {
      const [first, second] = node.commands;
      const simple = node.commands.length === 2 && node.operators[0] === "&&" && second?.type === "Command";
      return {
        onSuccess: chainSuccess(node.commands, node.operators),
        onFailure: simple && first !== undefined && isFolderChange(first) ? textOf(second) : null,
      };
    }
    default:
      return nothing;
  }
};

const isSound = (script: ParsedScript): boolean => (script.errors?.length ?? 0) === 0;

/** Says which simple commands a script's exit code speaks of. Conservative: what is not understood implies nothing. */
export const impliedCommands = (script: string): ImpliedCommands => {
  const parsed = parseScript(script);
  if (!isSound(parsed) || parsed.commands.some((statement) => anywhere(statement, isDisturbing))) return nothing;
  return implicationOfList(parsed.commands);
};
