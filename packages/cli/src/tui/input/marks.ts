import { basename } from "node:path";
import { visibleLine } from "../../render/plain-text.ts";
import { cut } from "../views/cells.ts";
import type { Looks } from "./cells.ts";

/*
 * A long paste and a picture stand in the text as one character each, so that they are stepped over, deleted and undone
 * as one. That character is the second half of a surrogate pair alone: text from outside never holds one.
 */

type Mark = { readonly kind: "paste" | "image"; readonly label: string; readonly text: string };

export type Marks = {
  /** A text from outside as it is written into the document: its own character when it is long, else itself. */
  readonly ofPaste: (text: string) => string;
  /** The character that stands for a picture; `path` is absolute. */
  readonly ofImage: (path: string) => string;
  readonly looks: Looks;
  /** Every mark in a text replaced by what it stands for; a picture by its label. */
  readonly unfolded: (text: string) => string;
  /** A text from outside in which a picture's label stands for the picture again. */
  readonly withPictures: (text: string) => string;
  /** As it is written down for another time: a picture by its path, for its label says nothing then. */
  readonly written: (text: string) => string;
  /** The pictures in a text, in its order, each once. */
  readonly imagesIn: (text: string) => readonly string[];
};

const firstMark = 0xdc00;
const mostMarks = 0x400;
const anyMark = /[\ud800-\udbff][\udc00-\udfff]|[\udc00-\udfff]/g;

/** Longer pastes are folded. */
const foldedFrom = { lines: 6, characters: 1000 } as const;

/** What came from outside, with line ends of one kind and without halves of characters. */
export const cleanText = (text: string): string => text.replace(/\r\n?/g, "\n").toWellFormed();

/** A line's end at the end of the text begins no line. */
const linesIn = (text: string): number => {
  let lines = text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
};

const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");

const labelOfPaste = (text: string, lines: number, number: number): string =>
  lines > 1 ? `[paste #${number} +${grouped(lines)} lines]` : `[paste #${number} ${grouped(text.length)} characters]`;

/** The marks of one editor. They are never given up, for undo and history may bring any of them back. */
export const createMarks = (): Marks => {
  const marks: Mark[] = [];
  const counts = { paste: 0, image: 0 };

  const at = (character: string): Mark | undefined => marks[character.charCodeAt(0) - firstMark];
  const add = (kind: Mark["kind"], text: string, label: (number: number) => string): string | null => {
    if (marks.length >= mostMarks) return null;
    counts[kind] += 1;
    marks.push({ kind, text, label: label(counts[kind]) });
    return String.fromCharCode(firstMark + marks.length - 1);
  };
  const replaceMarks = (text: string, by: (mark: Mark) => string): string =>
    text.replace(anyMark, (found) => {
      const mark = found.length === 1 ? at(found) : undefined;
      return mark === undefined ? found : by(mark);
    });

  return {
    ofPaste: (text) => {
      const lines = linesIn(text);
      if (lines < foldedFrom.lines && text.length < foldedFrom.characters) return text;
      return add("paste", text, (number) => labelOfPaste(text, lines, number)) ?? text;
    },
    ofImage: (path) =>
      add("image", path, (number) => `[image #${number} ${cut(visibleLine(basename(path)), 40)}]`) ?? path,
    looks: (character) => at(character)?.label ?? null,
    unfolded: (text) => replaceMarks(text, (mark) => (mark.kind === "image" ? mark.label : mark.text)),
    withPictures: (text) => {
      let folded = text;
      for (const [index, { kind, label }] of marks.entries())
        if (kind === "image") folded = folded.replaceAll(label, String.fromCharCode(firstMark + index));
      return folded;
    },
    written: (text) => replaceMarks(text, (mark) => mark.text),
    imagesIn: (text) => {
      const paths = new Set<string>();
      replaceMarks(text, (mark) => {
        if (mark.kind === "image") paths.add(mark.text);
        return "";
      });
      return [...paths];
    },
  };
};
