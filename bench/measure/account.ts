import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";

/*
 * What a process and everything it starts use. CPU time is exact: a control group of its own counts short-lived
 * children and those that outlive their parent. Memory is the sum of resident pages over the group, sampled; pages that
 * processes share are counted in each.
 */

const version1 = "/sys/fs/cgroup/cpuacct";
const version2 = "/sys/fs/cgroup";
const pageBytes = 4096;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // A process that ended meanwhile.
  }
};

/** One run's group. Its owner must call `close`. */
export type Account = {
  /** The command that starts `argv` inside the group (costs one exec of `sh`, about a millisecond, for everybody). */
  wrap(argv: readonly string[]): string[];
  /** Milliseconds of CPU so far, user and system. */
  cpuMs(): number;
  /** Bytes resident now. */
  memory(): number;
  pids(): number[];
  /** Kills what is left and removes the group; returns how many processes were left. */
  close(): Promise<number>;
};

let serial = 0;

/** Throws where no control group can be made: root is needed. */
export const openAccount = (): Account => {
  const old = existsSync(`${version1}/cpuacct.usage`);
  const path = `${old ? version1 : version2}/fettle-bench-${process.pid}-${++serial}`;
  mkdirSync(path);
  const pids = (): number[] => read(`${path}/cgroup.procs`).split("\n").filter(Boolean).map(Number);
  return {
    wrap: (argv) => ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', path, ...argv],
    cpuMs: () =>
      old
        ? Number(read(`${path}/cpuacct.usage`)) / 1e6
        : Number(/usage_usec (\d+)/.exec(read(`${path}/cpu.stat`))?.[1] ?? 0) / 1e3,
    memory: () =>
      pids().reduce((sum, pid) => sum + Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * pageBytes, 0),
    pids,
    async close() {
      const left = pids().length;
      for (let attempt = 0; attempt < 100 && pids().length > 0; attempt++) {
        for (const pid of pids()) {
          try {
            process.kill(pid, "SIGKILL");
          } catch {
            // It ended by itself.
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      try {
        rmdirSync(path);
      } catch {
        // Processes that cannot be killed hold it; the next boot clears it.
      }
      return left;
    },
  };
};
