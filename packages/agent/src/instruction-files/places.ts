import { dirname } from "node:path";
import type { CommandExecutionItem, FileChangeItem, ToolCallItem } from "@fettle/protocol";

/* Where an item worked, as far as its words say it. Whether there is anything of that name the disk must say. */

/** A name, as it was written, and the folder that it is relative to: null for the workspace. */
export type Place = { readonly base: string | null; readonly path: string };

/** Of a script that is longer, or has more words, only the beginning is looked at. */
const longestScript = 8000;
const mostWords = 300;

const wordPattern = /'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s;|&<>()'"`$=,]+)/g;

const withoutDocuments = (script: string): string =>
  script.replace(/<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?(?:\n\t*\2[ \t]*(?=\n|$)|$)/g, "$3\n");

/** Up to where a pattern begins: all that it can stand for lies below. */
const beforePattern = (word: string): string => {
  const at = word.search(/[*?[{]/);
  return at < 0 ? word : word.slice(0, word.lastIndexOf("/", at) + 1);
};

/** The words of a script that could be paths, options left out. Pure. */
const wordsOf = (script: string): string[] => {
  const words = [...withoutDocuments(script.slice(0, longestScript)).matchAll(wordPattern)].map(
    ([, single, double, bare]) => single ?? double ?? beforePattern(bare ?? ""),
  );
  return words.filter((word) => word !== "" && word.length < 1000 && !word.startsWith("-")).slice(0, mostWords);
};

/** The folder that a command runs in, and what it names; after `cd FOLDER` also as seen from there. */
export const placesOfCommand = ({ cwd, command }: CommandExecutionItem): Place[] => {
  const base = cwd ?? null;
  const words = wordsOf(command);
  const folders = words.filter((_, at) => words[at - 1] === "cd" || words[at - 1] === "pushd");
  const named = [...new Set(words)].map((path) => ({ base, path }));
  const inside = folders.slice(0, 4).flatMap((folder) => words.map((word) => ({ base, path: `${folder}/${word}` })));
  return [{ base, path: "." }, ...named, ...inside];
};

/** The folders whose files a patch changed; of a file that it took away there is nothing left. */
export const placesOfChange = ({ cwd, changes }: FileChangeItem): Place[] =>
  changes.flatMap(({ path, move_path }) =>
    [path, ...(move_path === undefined ? [] : [move_path])].map((name) => ({ base: cwd ?? null, path: dirname(name) })),
  );

/** The picture that was looked at. */
export const placesOfPicture = ({ tool, arguments: text }: ToolCallItem): Place[] => {
  if (tool !== "view_image") return [];
  try {
    const value: unknown = JSON.parse(text);
    const path = typeof value === "object" && value !== null && "path" in value ? value.path : null;
    return typeof path === "string" ? [{ base: null, path }] : [];
  } catch {
    return [];
  }
};
