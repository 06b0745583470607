import type { RunResult, Spectrum } from "../runner/messages.ts";

/** How suspicious each stretch of a file is, 0 to 1: ascending starts, each valid up to the next. */
export type FileSuspicion = { readonly starts: readonly number[]; readonly scores: readonly number[] };

/** Ochiai's coefficient: failing runs that cover a place, against all failing runs and all runs that cover it. */
export function ochiai(failingCovered: number, passingCovered: number, failingTotal: number): number {
  if (failingCovered === 0) return 0;
  return failingCovered / Math.sqrt(failingTotal * (failingCovered + passingCovered));
}

/**
 * Suspicion from what tests executed (Ochiai, as in Abreu et al., "On the accuracy of spectrum-based fault
 * localization", 2007): the mean of the coefficient over whole tests and over stretches between assertions.
 */
export function suspicionOf(result: RunResult): Map<string, FileSuspicion> {
  const fine = result.spectra ?? [];
  const coarse = perTest(fine);
  const files = new Set(fine.flatMap((spectrum) => Object.keys(spectrum.files)));
  const suspicion = new Map<string, FileSuspicion>();
  for (const file of files) {
    const starts = boundaries(fine, result.loaded?.[file] ?? [], file);
    const byTest = score(coarse, file, starts);
    const byCheck = score(fine, file, starts);
    suspicion.set(file, { starts, scores: starts.map((_, i) => ((byTest[i] ?? 0) + (byCheck[i] ?? 0)) / 2) });
  }
  return suspicion;
}

type Group = { readonly ok: boolean; readonly ranges: (file: string) => readonly (readonly number[])[] };

function perTest(spectra: readonly Spectrum[]): Group[] {
  const groups = new Map<string, Spectrum[]>();
  for (const spectrum of spectra) groups.set(spectrum.id, [...(groups.get(spectrum.id) ?? []), spectrum]);
  return [...groups.values()].map((parts) => ({
    ok: parts.every((part) => part.ok),
    ranges: (file) => parts.map((part) => part.files[file] ?? []),
  }));
}

function boundaries(spectra: readonly Spectrum[], loaded: readonly number[], file: string): number[] {
  const offsets = new Set<number>([0, ...loaded]);
  for (const spectrum of spectra) for (const offset of spectrum.files[file] ?? []) offsets.add(offset);
  return [...offsets].sort((a, b) => a - b);
}

function score(runs: readonly (Group | Spectrum)[], file: string, starts: readonly number[]): number[] {
  const failing = new Float64Array(starts.length);
  const passing = new Float64Array(starts.length);
  const indexOf = new Map(starts.map((start, index) => [start, index]));
  let failingTotal = 0;
  for (const run of runs) {
    if (!run.ok) failingTotal++;
    const covered = new Set<number>();
    for (const ranges of "ranges" in run ? run.ranges(file) : [run.files[file] ?? []]) {
      for (let i = 0; i + 1 < ranges.length; i += 2) {
        const [from, to] = [indexOf.get(ranges[i] ?? 0) ?? 0, indexOf.get(ranges[i + 1] ?? 0) ?? 0];
        for (let segment = from; segment < to; segment++) covered.add(segment);
      }
    }
    const into = run.ok ? passing : failing;
    for (const segment of covered) into[segment] = (into[segment] ?? 0) + 1;
  }
  return starts.map((_, i) => ochiai(failing[i] ?? 0, passing[i] ?? 0, failingTotal));
}

/** The highest suspicion between two offsets. */
export function suspicionBetween(file: FileSuspicion, start: number, end: number): number {
  let low = 0;
  let high = file.starts.length;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((file.starts[middle] ?? 0) <= start) low = middle;
    else high = middle;
  }
  let most = file.scores[low] ?? 0;
  for (let i = low + 1; i < file.starts.length && (file.starts[i] ?? 0) < end; i++)
    most = Math.max(most, file.scores[i] ?? 0);
  return most;
}
