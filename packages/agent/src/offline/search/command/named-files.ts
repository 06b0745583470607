import fs from "node:fs";
import path from "node:path";
import { type SimpleCommand, splitScript } from "./shell-words.ts";

/** What a program may add to the name of a script to find it. */
const ENDINGS = ["", ".js", ".cjs", ".mjs", ".ts", "/index.js"];

/** Programs whose arguments are what the tests are about, not the tests. */
const BUILDERS =
  /^(cc|gcc|g\+\+|clang|clang\+\+|rustc|javac|go|tsc|swc|esbuild|rollup|webpack|babel|browserify|uglifyjs|terser|cp|mv|cat|ln)$/;
const INTERPRETERS = /^(node|python[\d.]*|sh|bash|ruby|perl|php|lua|tsx|ts-node)$/;

/**
 * The files (real paths) of the project that commands name as an argument or as the program itself, patterns included,
 * and the scripts that a Makefile's targets start. Folders are not taken apart: they may hold more than tests.
 */
export function namedFiles(root: string, commands: readonly SimpleCommand[]): string[] {
  const found = new Set<string>();
  for (const word of commands.flatMap((command) => [...wordsOf(command), ...recipeScripts(root, command)])) {
    const names = /[*?{[]/.test(word)
      ? globbed(root, word)
      : ENDINGS.map((ending) => path.resolve(root, word + ending));
    for (const name of names) {
      const file = realFile(name);
      if (file?.startsWith(root + path.sep) && !file.includes(`${path.sep}node_modules${path.sep}`)) found.add(file);
    }
  }
  return [...found];
}

/** The scripts that the recipes of a `make` command's targets hand to an interpreter. */
function recipeScripts(root: string, { words }: SimpleCommand): string[] {
  const [program = "", ...targets] = words;
  if (!/^g?make$/.test(path.basename(program))) return [];
  const file = ["GNUmakefile", "makefile", "Makefile"].map((name) => realFile(path.join(root, name))).find(Boolean);
  if (file === undefined) return [];
  let isWanted = false;
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const target = /^([\w.-]+)\s*:(?!=)/.exec(line)?.[1];
      if (target !== undefined) isWanted = targets.includes(target);
      if (!isWanted || !line.startsWith("\t")) return [];
      return splitScript(line.replace(/^[\t@-]+/, "")).flatMap((part) => {
        const [run = "", ...args] = part.split(/\s+/);
        if (!INTERPRETERS.test(path.basename(run))) return run.startsWith("./") ? [run] : [];
        return args.filter((arg) => !arg.startsWith("-")).slice(0, 1);
      });
    });
}

/** Also the words of what only a real shell can read, and values of options (`--require=./setup.js`). */
function wordsOf(command: SimpleCommand): string[] {
  if (BUILDERS.test(path.basename(command.words[0] ?? ""))) return [];
  const words = [...command.words, ...command.text.split(/[\s'"`;|&<>()]+/)];
  return words
    .flatMap((word) => (word.startsWith("-") ? [word.slice(word.indexOf("=") + 1)] : [word]))
    .filter((word) => word !== "" && !word.startsWith("-"));
}

function globbed(root: string, pattern: string): string[] {
  try {
    const exclude = (name: string) => /(^|\/)(node_modules|\.git)$/.test(name);
    return fs.globSync(pattern, { cwd: root, exclude }).map((name) => path.resolve(root, name));
  } catch {
    return [];
  }
}

function realFile(file: string): string | undefined {
  try {
    const real = fs.realpathSync(file);
    return fs.statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}
