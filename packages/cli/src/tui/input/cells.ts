import { plainText } from "@fettle/protocol";
import { widthOf } from "../views/cells.ts";

/* What of a text a terminal shows as one, and how many cells it fills. */

/** A part of a text that the cursor steps over as one: its place in the text (code units), and how it looks. */
export type Cluster = { readonly from: number; readonly to: number; readonly shown: string; readonly cells: number };

/** How a character that stands for something else looks; null for every other. */
export type Looks = (character: string) => string | null;

const tabCells = 4;
const ascii = /^[\u0020-\u007e]*$/;
const marks = /[\udc00-\udfff]/;

let segmenter: Intl.Segmenter | null = null;

/** Loaded with the first text that is not ASCII: it costs some milliseconds. */
const segmentsOf = (text: string): Iterable<{ readonly segment: string }> => {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
};

const zeroWidth = /^[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]+$/u;

/** Letters of some scripts end with a joiner that has no ink, and needs none. */
const joined = /^\p{L}\p{M}*[\u200c\u200d]$/u;

type Shown = { readonly shown: string; readonly cells: number };

const asShown = (segment: string): Shown => {
  if (segment === "\t") return { shown: " ".repeat(tabCells), cells: tabCells };
  const shown = joined.test(segment) && segment.charCodeAt(0) > 0x2ff ? segment : plainText(segment);
  if (shown === segment) {
    const cells = zeroWidth.test(segment) ? 0 : widthOf(segment);
    // A mark without a letter to stand on gets a blank, or the cursor could not be beside it.
    return cells === 0 ? { shown: ` ${segment}`, cells: 1 } : { shown, cells };
  }
  return { shown: shown.replaceAll("\n", "␍"), cells: widthOf(shown) };
};

const known = new Map<string, Shown>();
const mostKnown = 10_000;

/** One visible segment; whatever a terminal would obey, or not show, appears by its name. */
const shownAs = (segment: string): Shown => {
  if (segment.length === 1 && segment >= " " && segment <= "~") return { shown: segment, cells: 1 };
  const found = known.get(segment);
  if (found !== undefined) return found;
  const shown = asShown(segment);
  if (known.size >= mostKnown) known.clear();
  known.set(segment, shown);
  return shown;
};

const asciiClusters = (text: string, from: number): Cluster[] =>
  Array.from(text, (character, at) => ({ from: from + at, to: from + at + 1, shown: character, cells: 1 }));

/** The clusters of one line, in order. `looks` tells of the editor's own marks, which no segmenter may join. */
export const clustersOf = (line: string, looks: Looks): Cluster[] => {
  if (ascii.test(line)) return asciiClusters(line, 0);
  const clusters: Cluster[] = [];
  let from = 0;
  for (const part of partsAtMarks(line)) {
    const look = part.length === 1 && marks.test(part) ? looks(part) : null;
    if (look !== null) clusters.push({ from, to: from + 1, shown: look, cells: widthOf(look) });
    else if (ascii.test(part)) for (const cluster of asciiClusters(part, from)) clusters.push(cluster);
    else {
      let at = from;
      for (const { segment } of segmentsOf(part)) {
        clusters.push({ from: at, to: at + segment.length, ...shownAs(segment) });
        at += segment.length;
      }
    }
    from += part.length;
  }
  return clusters;
};

/** A mark is the second half of a surrogate pair without its first, which no text from outside can hold. */
const loneMark = /(?<![\ud800-\udbff])([\udc00-\udfff])/;

const partsAtMarks = (line: string): string[] => line.split(loneMark).filter((part) => part !== "");

/** Clusters around a place are looked for this near (code units): in a line of megabytes too a key has to be quick. */
const near = { least: 256, most: 1024 } as const;

/** A place not far before another where a cluster surely begins. */
const startNear = (line: string, column: number): number => {
  let at = column - near.least;
  while (at > 0 && at > column - near.most && !isAscii(line.charCodeAt(at))) at -= 1;
  if (at <= 0) return 0;
  return isHighHalf(line.charCodeAt(at - 1)) ? at - 1 : at;
};

const isAscii = (code: number): boolean => code >= 0x20 && code <= 0x7e;
/** Whether a code unit is the first of the two that make one character. */
export const isHighHalf = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

const lookless: Looks = () => "?";

/** Where the cluster before `column` begins, in code units. */
export const clusterBefore = (line: string, column: number): number => {
  if (column <= 0) return 0;
  // Nothing joins two letters of ASCII.
  if (column === line.length || isAscii(line.charCodeAt(column)))
    if (isAscii(line.charCodeAt(column - 1))) return column - 1;
  const start = startNear(line, column);
  const around = line.slice(start, column + near.least);
  return start + (clustersOf(around, lookless).findLast((cluster) => start + cluster.from < column)?.from ?? 0);
};

/** Where the cluster at `column` ends. */
export const clusterAfter = (line: string, column: number): number => {
  if (column >= line.length) return line.length;
  if (isAscii(line.charCodeAt(column)) && (column + 1 === line.length || isAscii(line.charCodeAt(column + 1))))
    return column + 1;
  const start = startNear(line, column);
  const around = line.slice(start, column + near.most);
  return start + (clustersOf(around, lookless).find((cluster) => start + cluster.to > column)?.to ?? around.length);
};
