import type { EditorEffect } from "../contract.ts";
import { type Doc, textOf } from "./doc.ts";
import type { Marks } from "./marks.ts";

/* What a text asks for when it is sent. */

const commandText = /^\/([a-z][a-z0-9-]*)(?:\s+([\s\S]*))?$/;

/** The effect of sending a text; null when there is nothing in it to send. */
export const effectOf = (doc: Doc, marks: Marks, how: "submit" | "queue"): EditorEffect | null => {
  const raw = textOf(doc);
  const text = marks.unfolded(raw).trim();
  if (text === "" || text === "!") return null;
  // Neither is a message, so neither waits for a turn.
  if (text.startsWith("!")) return { type: "shell", script: text.slice(1).trim() };
  const images = marks.imagesIn(raw);
  const command = commandText.exec(text);
  if (command !== null) return { type: "command", name: command[1] ?? "", words: (command[2] ?? "").trim(), images };
  return { type: how, text, images };
};

const pictureName = /\.(?:png|jpe?g|gif|webp|bmp)$/i;

/**
 * The paths that a pasted or dropped text names, if it is nothing but paths of pictures: as terminals write them, with
 * quotes, with backslashes before blanks, or as file: addresses. Empty: it is an ordinary text.
 */
export const picturePaths = (pasted: string): readonly string[] => {
  const text = pasted.trim();
  if (text === "" || text.length > 16_384 || text.includes("\n\n")) return [];
  // A path with plain blanks, alone, is what some terminals drop.
  if (pictureName.test(text) && /^(?:\/|~\/|\.)[^\n'"\\]*$/.test(text) && !/\.\w{3,4}\s+\S*\//.test(text))
    return [text];
  const words = text.match(/'[^']*'|"[^"]*"|(?:\\.|[^\s\\'"])+/g) ?? [];
  const paths = words.map(unquoted);
  return paths.length > 0 && paths.every((path) => pictureName.test(path)) ? paths : [];
};

const unquoted = (word: string): string => {
  const bare = /^(['"])(.*)\1$/s.exec(word)?.[2] ?? word.replace(/\\(.)/g, "$1");
  if (!bare.startsWith("file://")) return bare;
  try {
    return decodeURIComponent(new URL(bare).pathname);
  } catch {
    return bare;
  }
};
