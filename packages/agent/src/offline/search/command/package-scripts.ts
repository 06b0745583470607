import fs from "node:fs";
import path from "node:path";
import type { SimpleCommand } from "./shell-words.ts";

/** How a command calls scripts of package.json. */
type ScriptCall = {
  readonly name: string;
  /** What the script is given, with a space before it. */
  readonly rest: string;
  /** The name is a pattern, for `matches`. */
  readonly glob: boolean;
  matches(name: string): boolean;
};

/** The scripts that a command runs through a package manager. Undefined when it is another program. */
export function scriptCalled(words: readonly string[]): ScriptCall | undefined {
  const [program = "", ...args] = words.filter((word) => !isQuiet(word));
  if (/^(npm-run-all|run-s|run-p)$/.test(program)) {
    const pattern = args.find((arg) => !arg.startsWith("-")) ?? "";
    const prefix = pattern.replace(/\*+$/, "");
    return {
      name: pattern,
      rest: "",
      glob: true,
      matches: (name: string) => name === pattern || (pattern.endsWith("*") && name.startsWith(prefix)),
    };
  }
  if (!/^(npm|yarn|pnpm|bun)$/.test(program)) return undefined;
  const [verb = "", ...rest] = args;
  const isRun = verb === "run" || verb === "run-script";
  const name = isRun ? (rest[0] ?? "") : verb === "t" ? "test" : verb;
  const extra = (isRun ? rest.slice(1) : rest).filter((arg) => arg !== "--");
  if (!isRun && name !== "test" && program === "npm") return undefined;
  return {
    name,
    rest: extra.length > 0 ? ` ${extra.join(" ")}` : "",
    glob: false,
    matches: (other: string) => other === name,
  };
}

/**
 * The first script that npm is asked for in vain, when the commands are nothing but such calls: then it is certain
 * without running them, and npm, which may be told to be silent, need not say so.
 */
export function missingScript(root: string, commands: readonly SimpleCommand[]): string | undefined {
  const scripts = readScripts(root);
  const names = commands.map(npmScript);
  const isMissing = (name: string | undefined) =>
    name !== undefined && scripts !== undefined && !Object.hasOwn(scripts, name);
  return names.every(isMissing) ? names[0] : undefined;
}

/** npm has something to run for these without a script. */
const PROVIDED = /^(start|restart|env)$/;
/** Neither an option nor anything that a shell would replace. */
const PLAIN = /^[\w:.@/][\w:.@/-]*$/;

/** The script of this package that npm is asked for. Undefined where an option may mean another folder or no error. */
function npmScript({ words, env }: SimpleCommand): string | undefined {
  const [program, ...args] = words.filter((word) => !isQuiet(word));
  const end = args.indexOf("--");
  const before = end === -1 ? args : args.slice(0, end);
  const isPlain = before.every((arg) => PLAIN.test(arg)) && Object.keys(env).every((key) => !/^npm_/i.test(key));
  if (program !== "npm" || !isPlain) return undefined;
  const [verb = "", name] = before;
  if (/^(t|tst|test)$/.test(verb)) return "test";
  return /^run(-script)?$/.test(verb) && name !== undefined && !PROVIDED.test(name) ? name : undefined;
}

function isQuiet(word: string): boolean {
  return /^(--silent|-s|--quiet|-q)$/.test(word);
}

/** The scripts of the root's package.json. Undefined when there is none that can be read. */
export function readScripts(root: string): Record<string, string> | undefined {
  try {
    const parsed = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as { scripts?: unknown } | null;
    const scripts = parsed?.scripts;
    if (typeof scripts !== "object" || scripts === null) return {};
    return Object.fromEntries(
      Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return undefined;
  }
}
