import { readdirSync, readFileSync } from "node:fs";

/** Every process below `pid`, without itself, parents first. Empty where /proc does not tell. */
export const descendantsOf = (pid: number): number[] => {
  const found: number[] = [];
  const queue = [pid];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const children = childrenOf(at);
    found.push(...children);
    queue.push(...children);
  }
  return found;
};

/** Empty when the process is gone or has none. */
export const childrenOf = (pid: number): number[] => {
  try {
    // Children belong to the thread that made them.
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};

/** Processes of ours whose environment holds `name=value`: those that left the tree by a double fork. */
export const processesWithVariable = (name: string, value: string): number[] => {
  const wanted = `\0${name}=${value}\0`;
  const found: number[] = [];
  for (const entry of processNumbers()) {
    try {
      if (`\0${readFileSync(`/proc/${entry}/environ`, "latin1")}`.includes(wanted)) found.push(entry);
    } catch {
      // Ended meanwhile, or somebody else's.
    }
  }
  return found;
};

const processNumbers = (): number[] => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
};

/** Sends `signal` to a process, or to a group when negative. A process that is gone is no error. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    // EPERM: the command changed its user (sudo). Nothing more can be done from here.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
};

/** The state letter of proc(5); null when there is no such process. */
const stateOf = (pid: number): string | null => {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1] ?? null;
  } catch {
    return null;
  }
};

const pollMs = 1;

const blockUntil = (fits: () => boolean, limitMs: number): void => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + limitMs;
  while (!fits() && performance.now() < deadline) Atomics.wait(cell, 0, 0, pollMs);
};

/** True when there is no such process any more, or only its exit code is left of it. */
const hasEnded = (pid: number): boolean => /^[ZX]$/.test(stateOf(pid) ?? "X");

/** Blocks until the process has ended, for the end of our own process when no event comes any more. */
export const blockUntilEnded = (pid: number, limitMs: number): void => blockUntil(() => hasEnded(pid), limitMs);

/** Blocks until a SIGSTOP has taken hold (a signal sent is not yet a signal delivered), or the process has ended. */
export const blockUntilStopped = (pid: number, limitMs: number): void =>
  blockUntil(() => hasEnded(pid) || /^[Tt]$/.test(stateOf(pid) ?? ""), limitMs);

/** Blocks until the process has descendants of that generation (its children are the first), or has ended. */
export const blockUntilBelow = (pid: number, generation: number, limitMs: number): void =>
  blockUntil(() => hasEnded(pid) || generationBelow(pid, generation).length > 0, limitMs);

const generationBelow = (pid: number, generation: number): number[] =>
  generation === 0 ? [pid] : childrenOf(pid).flatMap((child) => generationBelow(child, generation - 1));
