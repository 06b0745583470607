import { plainLine } from "./match-lines.ts";
import type { PatchLine } from "./types.ts";

const shown = (line: string | undefined): string => {
  if (line === undefined) return "(end of file)";
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line);
};

type Place = { readonly at: number; readonly matched: number; readonly firstMiss: number };

/** Compares the hunk with the file as if it began at line `at`. */
const comparePlace = (file: readonly string[], wanted: readonly string[], at: number): Place => {
  let matched = 0;
  let firstMiss = wanted.length;
  for (let offset = 0; offset < wanted.length; offset += 1) {
    if (file[at + offset] === wanted[offset]) matched += 1;
    else if (firstMiss === wanted.length) firstMiss = offset;
  }
  return { at, matched, firstMiss };
};

/** Looking everywhere costs lines × hunk lines; a failure must not take seconds, so huge pairs look less far. */
const maxComparisons = 20_000_000;

/** The place with the longest run of matching lines from the hunk's first; at a tie the one with most matches. */
const nearestPlace = (file: readonly string[], wanted: readonly string[], from: number): Place | undefined => {
  let best: Place | undefined;
  const end = Math.min(file.length, from + Math.ceil(maxComparisons / wanted.length));
  for (let at = from; at < end; at += 1) {
    const place = comparePlace(file, wanted, at);
    if (place.matched === 0) continue;
    const better =
      best === undefined ||
      place.firstMiss > best.firstMiss ||
      (place.firstMiss === best.firstMiss && place.matched > best.matched);
    if (better) best = place;
  }
  return best;
};

/**
 * Says why the old lines of a hunk were not found from line index `from` on: the first line that does not match,
 * where it stands in the patch, and what the file has at the nearest place.
 */
export const describeMismatch = (
  lines: readonly string[],
  old: readonly PatchLine[],
  from: number,
  endOfFile: boolean,
): string => {
  const file = lines.map(plainLine);
  const wanted = old.map((line) => plainLine(line.text));
  const place = nearestPlace(file, wanted, from);
  if (place?.matched === wanted.length && endOfFile)
    return `the lines stand at line ${place.at + 1}, but '*** End of File' says that they are the last ones`;
  const earlier = from > 0 ? nearestPlace(file.slice(0, from + wanted.length - 1), wanted, 0) : undefined;
  if (earlier?.matched === wanted.length)
    return `the lines stand at line ${earlier.at + 1}, before the place the previous hunk or '@@' reached (line ${from}); hunks must follow the order of the file`;
  const miss = old[place?.firstMiss ?? 0];
  const expected = `patch line ${miss?.line ?? 0} does not match: expected ${shown(miss?.text)}`;
  if (place === undefined) return `${expected}, and no line of the hunk occurs in the file from line ${from + 1} on`;
  const foundAt = place.at + place.firstMiss;
  return `${expected}, but line ${foundAt + 1} is ${shown(lines[foundAt])} (nearest place: lines ${place.at + 1}-${place.at + wanted.length})`;
};
