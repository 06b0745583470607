import fs from "node:fs";
import path from "node:path";
import { generateEdits } from "./candidates/generate.ts";
import { textEdits } from "./candidates/text-edits.ts";
import type { Edit, Hints } from "./candidates/types.ts";
import { changeSize } from "./patch.ts";
import { wordEvidence } from "./suspicion/evidence.ts";
import { type FileSuspicion, suspicionBetween } from "./suspicion/spectra.ts";
import { lineAt, offsetsOfLines, seededRandom } from "./text.ts";

/** A file that may be changed, with what makes its places suspicious. */
export type Suspect = {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** From coverage; absent: every place is equally suspicious, at this weight. */
  readonly coverage: FileSuspicion | number;
  /** Character ranges that ran only while the file was loaded. */
  readonly loaded: readonly number[];
  /** Lines (1-based) that stack traces name, with weights up to 1. */
  readonly frames: ReadonlyMap<number, number>;
};

export type RankedEdit = Edit & { readonly file: string; readonly line: number; readonly score: number };
export type SuspiciousLine = { readonly file: string; readonly line: number; readonly score: number };
type Ranking = { readonly edits: readonly RankedEdit[]; readonly lines: readonly SuspiciousLine[] };

const WEIGHT_COVERAGE = 0.7;
const WEIGHT_FRAMES = 0.25;
const WEIGHT_WORDS = 0.3;
/** How far the seed may move a score, up and down. */
const JITTER = 0.1;
const MAX_FILE_CHARACTERS = 400_000;

/** All candidates, the most promising first: suspicion of the place × prior of the kind × smallness, ties by the seed. */
export async function rankEdits(suspects: readonly Suspect[], hints: Hints, seed: number): Promise<Ranking> {
  const random = seededRandom(seed);
  const edits: RankedEdit[] = [];
  const lines: SuspiciousLine[] = [];
  for (const suspect of suspects) {
    if (suspect.text.length > MAX_FILE_CHARACTERS) continue;
    const offsets = offsetsOfLines(suspect.text);
    const place = scorer(suspect, suspects, hints, offsets);
    const isScript = /\.([mc]?[jt]s|[jt]sx)$/.test(suspect.file);
    const generated = isScript ? await generateEdits(suspect.text, suspect.file, hints, place.worth) : undefined;
    for (const definition of generated?.definitions ?? []) place.define(definition);
    for (const edit of generated?.edits ?? textEdits(suspect.text, hints)) {
      const score =
        place.score(edit.start, edit.end) *
        edit.prior *
        smallness(edit, suspect.text) *
        (1 + JITTER * (random() * 2 - 1));
      if (score > 0) edits.push({ ...edit, file: suspect.file, line: lineAt(offsets, edit.start), score });
    }
    for (let line = 1; line <= offsets.length; line++) {
      const start = offsets[line - 1] ?? 0;
      const score = place.score(start, offsets[line] ?? suspect.text.length);
      if (score > 0.05 && /\w/.test(suspect.text.slice(start, offsets[line])))
        lines.push({ file: suspect.file, line, score });
    }
  }
  edits.sort((a, b) => b.score - a.score || a.start - b.start);
  lines.sort((a, b) => b.score - a.score || a.line - b.line);
  return { edits: diversify(edits), lines: lines.slice(0, 10) };
}

function smallness(edit: Edit, text: string): number {
  return 1 / (1 + changeSize(text, edit) / 60);
}

/** Takes turns among lines, so that one place with many candidates does not use up the time: a line's n-th loses with n. */
function diversify(edits: readonly RankedEdit[]): RankedEdit[] {
  const seen = new Map<string, number>();
  const scored = edits.map((edit) => {
    const key = `${edit.file}:${edit.line}`;
    const n = seen.get(key) ?? 0;
    seen.set(key, n + 1);
    return { edit, value: edit.score / (1 + n / 25) };
  });
  return scored.sort((a, b) => b.value - a.value).map((item) => item.edit);
}

function scorer(suspect: Suspect, suspects: readonly Suspect[], hints: Hints, offsets: readonly number[]) {
  const words = wordEvidence(suspect.text, hints);
  const defined: { start: number; end: number; score: number }[] = [];
  const covered = (start: number, end: number) =>
    typeof suspect.coverage === "number" ? suspect.coverage : suspicionBetween(suspect.coverage, start, end);
  const atLoad = (start: number) => inRanges(suspect.loaded, start);
  const base = (start: number, end: number) => {
    const definition = defined.find((item) => item.start <= start && end <= item.end);
    return Math.max(covered(start, Math.max(end, start + 1)), definition?.score ?? 0, atLoad(start) ? 0.08 : 0);
  };
  return {
    worth: (start: number, end: number) => covered(start, end) > 0 || atLoad(start),
    define(definition: { name: string; start: number; end: number }) {
      defined.push({ ...definition, score: 0.9 * usesOf(definition, suspect, suspects) });
      defined.sort((a, b) => a.end - a.start - (b.end - b.start));
    },
    score(start: number, end: number) {
      const suspicion = base(start, end);
      if (suspicion === 0) return 0;
      const line = lineAt(offsets, start);
      const frame = suspect.frames.get(line) ?? 0;
      return WEIGHT_COVERAGE * suspicion + WEIGHT_FRAMES * frame + WEIGHT_WORDS * suspicion * (words[line - 1] ?? 0);
    },
  };
}

function inRanges(ranges: readonly number[], offset: number): boolean {
  for (let i = 0; i + 1 < ranges.length; i += 2)
    if ((ranges[i] ?? 0) <= offset && offset < (ranges[i + 1] ?? 0)) return true;
  return false;
}

/** A definition is as suspicious as the most suspicious place that mentions its name. */
function usesOf(
  definition: { name: string; start: number; end: number },
  own: Suspect,
  suspects: readonly Suspect[],
): number {
  const pattern = new RegExp(`(?<![\\w$])${definition.name.replaceAll("$", "\\$")}(?![\\w$])`, "g");
  let most = 0;
  for (const suspect of suspects) {
    if (typeof suspect.coverage === "number") return suspect.coverage;
    for (const match of suspect.text.matchAll(pattern)) {
      const inside = suspect === own && match.index >= definition.start && match.index < definition.end;
      if (!inside) most = Math.max(most, suspicionBetween(suspect.coverage, match.index, match.index + 1));
    }
  }
  return most;
}

/** Reads a suspect's text. Undefined when it is not a readable file. */
export function readSuspect(root: string, file: string): string | undefined {
  try {
    const full = path.resolve(root, file);
    return fs.statSync(full).size > MAX_FILE_CHARACTERS ? undefined : fs.readFileSync(full, "utf8");
  } catch {
    return undefined;
  }
}
