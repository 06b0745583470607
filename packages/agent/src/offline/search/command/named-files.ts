import fs from "node:fs";
import path from "node:path";
import type { SimpleCommand } from "./shell-words.ts";

/** What a program may add to the name of a script to find it. */
const ENDINGS = ["", ".js", ".cjs", ".mjs", ".ts", "/index.js"];

/**
 * The files (real paths) of the project that commands name as an argument or as the program itself, patterns included.
 * Folders are not taken apart: they may hold more than tests.
 */
export function namedFiles(root: string, commands: readonly SimpleCommand[]): string[] {
  const found = new Set<string>();
  for (const word of commands.flatMap(wordsOf)) {
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

/** Also the words of what only a real shell can read, and values of options (`--require=./setup.js`). */
function wordsOf(command: SimpleCommand): string[] {
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
