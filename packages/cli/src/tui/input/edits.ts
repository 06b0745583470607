import { type Doc, endOf, lineAt, type Place, placeAfter, placeBefore, type Span, wordBefore, wordEnd } from "./doc.ts";

/* What keys move and delete, by the names of the actions. */

/** Where a motion goes. Motions by rows need the width, and stand with the editor. */
export const motions: Readonly<Record<string, (doc: Doc) => Place>> = {
  left: (doc) => placeBefore(doc, doc.cursor),
  right: (doc) => placeAfter(doc, doc.cursor),
  "word-left": (doc) => wordBefore(doc, doc.cursor),
  "word-right": (doc) => wordEnd(doc, doc.cursor),
  "line-start": ({ cursor }) => ({ row: cursor.row, column: 0 }),
  "line-end": (doc) => ({ row: doc.cursor.row, column: lineAt(doc, doc.cursor.row).length }),
  "text-start": () => ({ row: 0, column: 0 }),
  "text-end": endOf,
};

/** At a line's end its break is cut, so that the key goes on with the next line. */
const toLineEnd = (doc: Doc): Place => {
  const { row, column } = doc.cursor;
  return column < lineAt(doc, row).length ? { row, column: lineAt(doc, row).length } : placeAfter(doc, doc.cursor);
};
const toLineStart = (doc: Doc): Place =>
  doc.cursor.column > 0 ? { row: doc.cursor.row, column: 0 } : placeBefore(doc, doc.cursor);

const before =
  (to: (doc: Doc) => Place) =>
  (doc: Doc): Span => ({ from: to(doc), to: doc.cursor });
const after =
  (to: (doc: Doc) => Place) =>
  (doc: Doc): Span => ({ from: doc.cursor, to: to(doc) });

type Deletion = {
  readonly span: (doc: Doc) => Span;
  /** What is cut can be put in again; on which side it joins what was cut just before. */
  readonly cuts: "before" | "after" | null;
};

export const deletions: Readonly<Record<string, Deletion>> = {
  "delete-left": { span: before((doc) => placeBefore(doc, doc.cursor)), cuts: null },
  "delete-right": { span: after((doc) => placeAfter(doc, doc.cursor)), cuts: null },
  "kill-word-left": { span: before((doc) => wordBefore(doc, doc.cursor)), cuts: "before" },
  "kill-word-right": { span: after((doc) => wordEnd(doc, doc.cursor)), cuts: "after" },
  "kill-to-start": { span: before(toLineStart), cuts: "before" },
  "kill-to-end": { span: after(toLineEnd), cuts: "after" },
};
