import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lookAt } from "./paths.ts";

/*
 * The kernel does not count root's processes against a limit, but a control group bounds anybody's. There is not always
 * one to be had (containers, rights); then nothing is said, for it is one limit among several.
 */

const mostProcesses = 4096;
const prefix = "fettle-";

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Folders in which a group that counts processes may be made, from the text of /proc/self/cgroup. */
export const groupParents = (ownGroups: string): string[] => {
  const counting = /^\d+:(?:[^:\n]*,)?pids(?:,[^:\n]*)?:(\/.*)$/m.exec(ownGroups)?.[1];
  if (counting !== undefined) return [join("/sys/fs/cgroup/pids", counting)];
  const unified = /^0::(\/.*)$/m.exec(ownGroups)?.[1];
  if (unified === undefined) return [];
  // A group with processes of its own hands no controller on, except the topmost; its parent does, as a rule.
  return [...new Set([unified, dirname(unified)])].map((path) => join("/sys/fs/cgroup", path));
};

const removeGroup = (path: string): void => {
  try {
    rmdirSync(path);
  } catch {
    // Something still runs in it, or it is gone.
  }
};

const removeAbandoned = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split("-")[0]) : Number.NaN;
    if (Number.isInteger(pid) && lookAt(`/proc/${pid}`) === null) removeGroup(join(parent, name));
  }
};

const makeGroup = (parent: string, number: number): string | null => {
  const path = join(parent, `${prefix}${process.pid}-${number}`);
  try {
    removeAbandoned(parent);
    mkdirSync(path);
    if (lookAt(join(path, "pids.max")) !== null) {
      writeFileSync(join(path, "pids.max"), String(mostProcesses));
      return path;
    }
  } catch {
    // Not ours to make.
  }
  removeGroup(path);
  return null;
};

let groups = 0;

/** A group for the commands of one thread. `launcher` goes before their command lines; empty where there is no group. */
export type ProcessGroup = { readonly launcher: readonly string[]; remove(): void };

/** The launcher becomes what it starts, so that no process stands in between. */
const joinGroup = 'echo 0 > "$0" 2>/dev/null; exec "$@"';

export const createProcessGroup = (isRoot: boolean): ProcessGroup => {
  groups += 1;
  const parents = isRoot ? groupParents(textOf("/proc/self/cgroup")) : [];
  for (const parent of parents) {
    const path = makeGroup(parent, groups);
    if (path === null) continue;
    return {
      launcher: ["/bin/sh", "-c", joinGroup, join(path, "cgroup.procs")],
      remove: () => removeGroup(path),
    };
  }
  return { launcher: [], remove() {} };
};
