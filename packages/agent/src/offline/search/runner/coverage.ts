import inspector from "node:inspector";
import path from "node:path";
import { fileURLToPath } from "node:url";

type CoverageRange = { startOffset: number; endOffset: number; count: number };
type ScriptCoverage = { url: string; functions: { ranges: CoverageRange[] }[] };
/** Per project file, the character ranges that ran: [start, end, start, end, …], ascending, not overlapping. */
type Covered = Record<string, number[]>;

type CoverageProbe = {
  /** What ran since the last call. */
  take(): Covered;
  stop(): void;
};

/** V8's precise block coverage of this process, for files below `root` outside node_modules. */
export function startCoverage(root: string): CoverageProbe {
  const session = new inspector.Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return {
    take() {
      let covered: Covered = {};
      session.post("Profiler.takePreciseCoverage", (error, answer) => {
        if (error === null) covered = coveredRanges(answer.result, root);
      });
      return covered;
    },
    stop() {
      session.post("Profiler.stopPreciseCoverage");
      session.disconnect();
    },
  };
}

/** V8's coverage of scripts as covered ranges per file of the project. Several evaluations of a file are united. */
function coveredRanges(scripts: readonly ScriptCoverage[], root: string): Covered {
  const covered: Covered = {};
  for (const script of scripts) {
    if (!script.url.startsWith("file:")) continue;
    const file = fileURLToPath(script.url);
    if (!file.startsWith(root + path.sep) || file.includes(`${path.sep}node_modules${path.sep}`)) continue;
    const ranges = paint(script.functions.flatMap((fn) => fn.ranges));
    if (ranges.length > 0) covered[file] = union(covered[file] ?? [], ranges);
  }
  return covered;
}

/** Nested counted ranges (inner ones override outer ones) as a flat list of what has a count. */
export function paint(ranges: readonly CoverageRange[]): number[] {
  const sorted = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const flat: number[] = [];
  const push = (start: number, end: number, count: number) => {
    if (end <= start || count === 0) return;
    if (flat.at(-1) === start) flat[flat.length - 1] = end;
    else flat.push(start, end);
  };
  const stack: CoverageRange[] = [];
  let position = 0;
  const closeUntil = (offset: number) => {
    for (let top = stack.at(-1); top !== undefined && top.endOffset <= offset; top = stack.at(-1)) {
      push(position, top.endOffset, top.count);
      position = Math.max(position, top.endOffset);
      stack.pop();
    }
  };
  for (const range of sorted) {
    closeUntil(range.startOffset);
    const top = stack.at(-1);
    if (top !== undefined) push(position, range.startOffset, top.count);
    position = Math.max(position, range.startOffset);
    stack.push(range);
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return flat;
}

/** The union of two flat range lists. */
export function union(a: readonly number[], b: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (const list of [a, b]) {
    for (let i = 0; i + 1 < list.length; i += 2) pairs.push([list[i] ?? 0, list[i + 1] ?? 0]);
  }
  pairs.sort((left, right) => left[0] - right[0]);
  const flat: number[] = [];
  for (const [start, end] of pairs) {
    const last = flat.at(-1);
    if (last !== undefined && start <= last) flat[flat.length - 1] = Math.max(last, end);
    else flat.push(start, end);
  }
  return flat;
}
