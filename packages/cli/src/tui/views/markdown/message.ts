import { plainText } from "@fettle/protocol";
import type { ViewSettings } from "../../contract.ts";
import { append, type Line } from "../spans.ts";
import { codeLines, markdownLines } from "./blocks.ts";
import type { Inside } from "./highlight.ts";
import { mended } from "./mend.ts";
import { type Block, type BlockKind, type OpenFence, type ReadBlock, readBlock } from "./read-block.ts";

/* A message as lines, in pieces: what ended can be written for good while the rest still comes. */

/** How far a message was written. */
export type MessagePlace = {
  /** So many characters of it. */
  readonly at: number;
  /** The block before; null at the beginning. */
  readonly after: BlockKind | null;
  readonly fence: OpenFence | null;
  readonly inside: Inside;
};

export const messageStart: MessagePlace = { at: 0, after: null, fence: null, inside: null };

const standsApart = (kind: BlockKind): boolean => kind === "code" || kind === "table" || kind === "heading";

const isSpaced = ({ block, spaced }: ReadBlock, after: BlockKind | null): boolean => {
  if (after === null || (block.kind === "code" && !block.begins)) return false;
  return spaced || standsApart(after) || standsApart(block.kind);
};

const linesOf = (block: Block, place: MessagePlace, columns: number, settings: ViewSettings) => {
  if (block.kind !== "code") return { lines: markdownLines(plainText(block.source), columns, settings), inside: null };
  const before = block.begins ? null : place.inside;
  return codeLines(block.lines.map(plainText), block.language, before, columns);
};

/** The blocks of `text` from `place` on that have ended (all of them with `whole`), and where the next begins. */
export const messageLines = (
  text: string,
  place: MessagePlace,
  whole: boolean,
  columns: number,
  settings: ViewSettings,
): { readonly lines: Line[]; readonly place: MessagePlace } => {
  const lines: Line[] = [];
  let now = place;
  for (;;) {
    const read = readBlock(text, now.at, now.fence, whole);
    if (read === null) return { lines, place: now };
    if (isSpaced(read, now.after)) lines.push([]);
    const shown = linesOf(read.block, now, columns, settings);
    append(lines, shown.lines);
    now = {
      at: read.end,
      after: read.block.kind,
      fence: read.fence,
      inside: read.fence === null ? null : shown.inside,
    };
  }
};

/** A rest longer than this is one block without an end; its last part says what is being written. */
const mostRest = 6000;
/** A table's columns stand at its beginning. */
const mostTable = 20_000;

/** What of an unfinished message stands after `place`, as it looks now. */
export const restLines = (text: string, place: MessagePlace, columns: number, settings: ViewSettings): Line[] => {
  const rest = text.slice(place.at);
  const most = /^\s*\|/.test(rest) ? mostTable : mostRest;
  const shown = rest.length > most ? `…${rest.slice(-most)}` : rest;
  const source = place.fence === null ? mended(shown) : shown;
  return messageLines(source, { ...place, at: 0 }, true, columns, settings).lines;
};
