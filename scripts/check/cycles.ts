/** Files by what they import; names that are not keys are ignored. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The shortest way from `start` back to itself through files that were not reported yet; undefined without one. */
const shortestCycle = (graph: ImportGraph, start: string, done: ReadonlySet<string>): string[] | undefined => {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of graph.get(file) ?? []) {
      if (next === start) {
        const path = [file];
        for (let at = file; at !== start; ) {
          at = cameFrom.get(at) ?? start;
          path.unshift(at);
        }
        return path;
      }
      if (!graph.has(next) || cameFrom.has(next) || done.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
};

/** Import cycles, each as its files in order, without repeating the first. Every file is in at most one of them. */
export const findCycles = (graph: ImportGraph): string[][] => {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const file of [...graph.keys()].sort()) {
    if (done.has(file)) continue;
    const cycle = shortestCycle(graph, file, done);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const member of cycle) done.add(member);
  }
  return cycles;
};
