/** A run of lines: equal in both, or only in the old or the new text. Indexes are 0-based, ends exclusive. */
export type DiffRun = {
  readonly kind: "equal" | "remove" | "add";
  readonly oldStart: number;
  readonly newStart: number;
  readonly length: number;
};

/** Beyond this many differing lines the search for a shortest script would take too long and too much memory. */
const maxEdits = 1500;

type Edit = { readonly kind: "remove" | "add"; readonly oldAt: number; readonly newAt: number };

/** Follows the furthest points of each step back to the start; `trace[d]` holds them as they were before step d. */
const backtrack = (trace: readonly Int32Array[], endX: number, endY: number): Edit[] => {
  const edits: Edit[] = [];
  let x = endX;
  let y = endY;
  for (let d = trace.length - 1; d > 0; d -= 1) {
    const points = trace[d] ?? new Int32Array(0);
    const point = (k: number): number => points[k + d] ?? -1;
    const k = x - y;
    const down = k === -d || (k !== d && point(k - 1) < point(k + 1));
    const previousX = down ? point(k + 1) : point(k - 1);
    const previousY = previousX - (down ? k + 1 : k - 1);
    edits.push({ kind: down ? "add" : "remove", oldAt: previousX, newAt: previousY });
    x = previousX;
    y = previousY;
  }
  return edits.reverse();
};

/** E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the greedy form with a kept trace. */
const shortestEdits = (a: Int32Array, b: Int32Array): Edit[] | undefined => {
  const limit = Math.min(a.length + b.length, maxEdits);
  const points = new Int32Array(2 * limit + 3).fill(-1);
  const middle = limit + 1;
  points[middle + 1] = 0;
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d += 1) {
    trace.push(points.slice(middle - d, middle + d + 1));
    for (let k = -d; k <= d; k += 2) {
      const left = points[middle + k - 1] ?? -1;
      const right = points[middle + k + 1] ?? -1;
      let x = k === -d || (k !== d && left < right) ? right : left + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1;
        y += 1;
      }
      points[middle + k] = x;
      if (x >= a.length && y >= b.length) return backtrack(trace, a.length, b.length);
    }
  }
  return undefined;
};

/** Numbers the lines so that comparing two is comparing integers. */
const internLines = (lines: readonly string[], numbers: Map<string, number>): Int32Array =>
  Int32Array.from(lines, (line) => {
    const number = numbers.get(line) ?? numbers.size;
    numbers.set(line, number);
    return number;
  });

const toRuns = (edits: readonly Edit[], offset: number, oldLength: number, newLength: number): DiffRun[] => {
  const runs: DiffRun[] = [];
  const push = (kind: DiffRun["kind"], oldStart: number, newStart: number, length: number): void => {
    const last = runs.at(-1);
    if (length === 0) return;
    if (last?.kind === kind) runs[runs.length - 1] = { ...last, length: last.length + length };
    else runs.push({ kind, oldStart, newStart, length });
  };
  let oldAt = 0;
  let newAt = 0;
  for (const edit of edits) {
    push("equal", oldAt, newAt, offset + edit.oldAt - oldAt);
    oldAt = offset + edit.oldAt;
    newAt = offset + edit.newAt;
    push(edit.kind, oldAt, newAt, 1);
    if (edit.kind === "remove") oldAt += 1;
    else newAt += 1;
  }
  push("equal", oldAt, newAt, Math.min(oldLength - oldAt, newLength - newAt));
  return runs;
};

const replaceAll = (oldLength: number, newLength: number): Edit[] => [
  ...Array.from({ length: oldLength }, (_, at): Edit => ({ kind: "remove", oldAt: at, newAt: 0 })),
  ...Array.from({ length: newLength }, (_, at): Edit => ({ kind: "add", oldAt: oldLength, newAt: at })),
];

/**
 * The differences of two lists of lines, as runs that cover both from start to end. The script is a shortest one up to
 * 1,500 differing lines; beyond that everything between the first and the last difference counts as replaced.
 */
export const diffLines = (oldLines: readonly string[], newLines: readonly string[]): DiffRun[] => {
  const shorter = Math.min(oldLines.length, newLines.length);
  let start = 0;
  while (start < shorter && oldLines[start] === newLines[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && oldLines.at(-1 - tail) === newLines.at(-1 - tail)) tail += 1;
  const numbers = new Map<string, number>();
  const a = internLines(oldLines.slice(start, oldLines.length - tail), numbers);
  const b = internLines(newLines.slice(start, newLines.length - tail), numbers);
  const edits = shortestEdits(a, b) ?? replaceAll(a.length, b.length);
  return toRuns(edits, start, oldLines.length, newLines.length);
};
