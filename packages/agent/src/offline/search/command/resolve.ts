import fs from "node:fs";
import path from "node:path";
import type { Framework } from "../runner/messages.ts";
import { namedFiles } from "./named-files.ts";
import { missingScript, readScripts, scriptCalled } from "./package-scripts.ts";
import { parseCommand, type SimpleCommand, splitScript } from "./shell-words.ts";

type Runner = Framework | "command";

/** What a test command comes down to. */
export type ResolvedTest = {
  readonly runner: Runner;
  /** The command that runs only the tests: linters, builds and coverage tools chained around them are left out. */
  readonly command: string;
  /** Absolute test files, when the runner can be run in our own process. */
  readonly files: readonly string[];
  readonly requires: readonly string[];
  readonly ui: "bdd" | "tdd" | "qunit" | "exports";
  /** Parts of the script that were left out. */
  readonly dropped: readonly string[];
  /** The command as it was given. */
  readonly whole: string;
  /** Absolute files of the project that the commands for the tests name: scripts, preloaded modules. */
  readonly named: readonly string[];
  /** A script that npm is to run and that is not there, where that is all the command comes down to. */
  readonly missing: string | undefined;
};

type Recognised = Omit<ResolvedTest, "whole" | "named" | "missing">;

const LINTERS =
  /^(xo|standard|eslint|semistandard|jshint|jscs|prettier|tsd|tsc|biome|oxlint|flow|dtslint|attw|publint|knip|depcheck|nyc-check|aud|markdownlint|editorconfig-checker|evalmd|check-dts|tsd-check|ls-engines|safe-publish-latest|npx-audit|echo|rimraf|rm|mkdir|true|:)$/;
const WRAPPERS = /^(nyc|c8|istanbul|cross-env|npx|env|dotenv|time|babel-node|borp-none)$/;

/** Resolves `npm test`, a script of package.json or a plain command to the runner behind it. Never runs anything. */
export function resolveTestCommand(root: string, command: string): ResolvedTest {
  const dropped: string[] = [];
  const commands = expand(root, command, dropped, 0);
  const tests = commands.filter((item) => {
    const words = unwrap(item.words);
    const lints = LINTERS.test(path.basename(words[0] ?? "")) || /^(lint|build|types?|tsc|format)/.test(words[0] ?? "");
    if (lints) dropped.push(item.text);
    return !lints;
  });
  const named = namedFiles(root, tests);
  const missing = missingScript(root, tests);
  return { ...chooseRunner(root, command, tests, dropped), whole: command, named, missing };
}

function chooseRunner(
  root: string,
  command: string,
  tests: readonly SimpleCommand[],
  dropped: readonly string[],
): Recognised {
  const fallback = { runner: "command" as const, command, files: [], requires: [], ui: "bdd" as const, dropped };
  const [only] = tests;
  if (only === undefined) return fallback;
  const plain = tests.map((item) => item.text).join(" && ");
  if (tests.length > 1) {
    const resolved = tests.map((item) => recognise(root, item, dropped));
    const first = resolved.find((item) => item.runner !== "command");
    const together = resolved.every((item) => item.runner === first?.runner || item.runner === "command");
    if (first === undefined || !together) return { ...fallback, command: withBin(plain) };
    return { ...first, command: withBin(plain), files: [...new Set(resolved.flatMap((item) => item.files))] };
  }
  return recognise(root, only, dropped);
}

/** Programs of the project come first, as npm would have it. */
function withBin(command: string): string {
  return `PATH="$PWD/node_modules/.bin:$PATH"; ${command}`;
}

function expand(root: string, command: string, dropped: string[], depth: number): SimpleCommand[] {
  return splitScript(command).flatMap((part) => {
    const parsed = parseCommand(part);
    if (parsed === undefined) return [{ words: [part], env: {}, text: part }];
    const script = scriptCalled(parsed.words);
    if (script === undefined || depth > 4) return [parsed];
    const scripts = readScripts(root) ?? {};
    const names = script.glob ? Object.keys(scripts).filter((name) => script.matches(name)) : [script.name];
    const bodies = names.flatMap((name) => {
      for (const hook of [`pre${name}`, `post${name}`]) if (scripts[hook] !== undefined) dropped.push(scripts[hook]);
      return Object.hasOwn(scripts, name) ? [scripts[name] + script.rest] : [];
    });
    return bodies.length === 0 ? [parsed] : bodies.flatMap((body) => expand(root, body, dropped, depth + 1));
  });
}

/** Without coverage tools, `npx` and the like in front. */
function unwrap(words: readonly string[]): readonly string[] {
  let rest = words;
  while (rest[0] !== undefined && WRAPPERS.test(path.basename(rest[0]))) {
    rest = rest.slice(1);
    if (rest[0] === "cover") rest = rest.slice(1);
    while (rest[0] !== undefined && /^-|=/.test(rest[0])) rest = rest.slice(1);
    if (rest[0] !== undefined && /(^|\/)_mocha$/.test(rest[0])) rest = ["mocha", ...rest.slice(1)];
  }
  return rest.filter((word) => word !== "--");
}

function recognise(root: string, command: SimpleCommand, dropped: readonly string[]): Recognised {
  const words = unwrap(command.words);
  const program = path.basename(words[0] ?? "").replace(/^_mocha$/, "mocha");
  const args = words.slice(1);
  const base = { command: withBin(command.text), requires: requiresOf(root, args), ui: uiOf(args), dropped };
  const found = (runner: Framework, files: readonly string[]): Recognised =>
    files.length === 0 ? { ...base, runner: "command", files } : { ...base, runner, files };
  const given = positional(
    args,
    /^(-r|--require|--ui|-u|-R|--reporter|-t|--timeout|--import|-j|--jobs|--test-reporter|--test-name-pattern|-g|--grep|--config|-c|--extension)$/,
  );
  switch (program) {
    case "node":
    case "iojs":
      return nodeCommand(root, args, given, found);
    case "mocha":
      return found("mocha", testFiles(root, given.length > 0 ? given : mochaSpec(root), args.includes("--recursive")));
    case "tape":
      return found("tape", testFiles(root, given, false));
    case "tap":
    case "tap-min":
      return found(
        anyMentions(testFiles(root, given, true), "tape") ? "tape" : "tap",
        testFiles(root, given.length > 0 ? given : ["test", "tests"], true),
      );
    case "ava":
      return found(
        "ava",
        testFiles(
          root,
          given.length > 0
            ? given
            : ["test.js", "test.mjs", "test-*.js", "test/**/*.{js,mjs,cjs}", "tests/**/*.js", "**/*.test.{js,mjs}"],
          true,
        ),
      );
    case "jest":
      return found(
        "jest",
        testFiles(root, given.length > 0 ? given : ["**/__tests__/**/*.js", "**/*.{test,spec}.{js,cjs,mjs}"], true),
      );
    case "vitest":
      return found(
        "vitest",
        testFiles(
          root,
          given.filter((word) => word !== "run").length > 0 ? given : ["**/*.{test,spec}.{js,mjs,ts}"],
          true,
        ),
      );
    default:
      return { ...base, runner: "command", files: [] };
  }
}

function nodeCommand(
  root: string,
  args: readonly string[],
  given: readonly string[],
  found: (runner: Framework, files: readonly string[]) => Recognised,
): Recognised {
  const isTest = args.some((arg) => arg === "--test");
  const patterns = [
    "**/*.{test,spec}.{js,mjs,cjs,ts,mts}",
    "**/*[-_]test.{js,mjs,cjs}",
    "test/**/*.{js,mjs,cjs,ts}",
    "test.{js,mjs,cjs}",
    "**/test-*.{js,mjs,cjs}",
  ];
  const files = isTest
    ? testFiles(root, given.length > 0 ? given : patterns, true)
    : testFiles(root, given.slice(0, 1), false);
  if (/(^|\/)(_?mocha|tape|jest|ava)(\.js|\/bin\/\w+)?$/.test(given[0] ?? "")) return found("script", []);
  for (const [framework, name] of [
    ["tape", "tape"],
    ["node:test", "node:test"],
    ["tap", "tap"],
  ] as const) {
    if (anyMentions(files, name)) return found(framework, files);
  }
  return found(isTest ? "node:test" : "script", files);
}

function positional(args: readonly string[], valued: RegExp): string[] {
  return args.filter((arg, index) => !arg.startsWith("-") && !valued.test(args[index - 1] ?? ""));
}

function requiresOf(root: string, args: readonly string[]): string[] {
  const names = args.flatMap((arg, index) => {
    if (/^(-r|--require)$/.test(args[index - 1] ?? "")) return [arg];
    return arg.startsWith("--require=") ? [arg.slice("--require=".length)] : [];
  });
  return names.map((name) =>
    name.startsWith(".") || fs.existsSync(path.join(root, name)) ? path.resolve(root, name) : name,
  );
}

function uiOf(args: readonly string[]): ResolvedTest["ui"] {
  const text = args.join(" ");
  const value = /(?:--ui|-u)[ =](\w+)/.exec(text)?.[1];
  return value === "tdd" || value === "qunit" || value === "exports" ? value : "bdd";
}

function mochaSpec(root: string): string[] {
  for (const name of [".mocharc.json", ".mocharc.js", ".mocharc.cjs", ".mocharc.yml"]) {
    const file = path.join(root, name);
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    const spec = [
      ...(/spec['"]?\s*:\s*(\[[^\]]*\]|['"]?[^\n,}]+)/.exec(text)?.[1] ?? "").matchAll(/[\w./*{},-]+/g),
    ].map((match) => match[0]);
    if (spec.length > 0) return spec;
  }
  return ["./test/*.{js,cjs,mjs}"];
}

/** Files for the arguments of a runner: files, folders and patterns; never in node_modules. */
function testFiles(root: string, patterns: readonly string[], recursive: boolean): string[] {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const full = path.resolve(root, pattern);
    for (const suffix of ["", ".js"])
      if (fs.statSync(full + suffix, { throwIfNoEntry: false })?.isFile()) files.add(full + suffix);
    const index = path.join(full, "index.js");
    if (fs.statSync(full, { throwIfNoEntry: false })?.isDirectory()) {
      if (!recursive && fs.existsSync(index) && !pattern.includes("*")) files.add(index);
      else for (const file of globbed(root, `${pattern}/${recursive ? "**/" : ""}*.{js,cjs,mjs}`)) files.add(file);
    } else for (const file of globbed(root, pattern)) files.add(file);
  }
  return [...files].map((file) => fs.realpathSync(file));
}

function globbed(root: string, pattern: string): string[] {
  if (!/[*?{[]/.test(pattern)) return [];
  const exclude = (name: string) =>
    /(^|\/)(node_modules|\.git|fixtures?|dist|coverage|_[\w-]+|helpers?)($|\/)/.test(name);
  return fs
    .globSync(pattern, { cwd: root, exclude })
    .sort()
    .map((file) => path.join(root, file))
    .filter((file) => fs.statSync(file).isFile());
}

function anyMentions(files: readonly string[], module: string): boolean {
  const pattern = new RegExp(`(require\\(|from\\s+|import\\s+)['"]${module}['"]`);
  return files.some((file) => {
    const text = fs.readFileSync(file, "utf8");
    if (pattern.test(text)) return true;
    const siblings = [...text.matchAll(/require\(['"](\.[^'"]+)['"]\)/g)].map((match) =>
      path.resolve(path.dirname(file), match[1] ?? ""),
    );
    return siblings.some((sibling) => {
      const target = [sibling, `${sibling}.js`].find((name) => fs.statSync(name, { throwIfNoEntry: false })?.isFile());
      return target?.startsWith(path.dirname(file)) && pattern.test(fs.readFileSync(target, "utf8"));
    });
  });
}
