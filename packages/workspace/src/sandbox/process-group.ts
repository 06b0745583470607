import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFile, writeFileSync } from "node:fs";
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

/** Null where none can be made. */
const makeGroup = (parent: string): string | null => {
  const path = join(parent, `${prefix}${process.pid}`);
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

/** Back to where the group lies, so that nothing of us stays behind. */
const leave = (path: string): void => {
  try {
    writeFileSync(join(dirname(path), "cgroup.procs"), String(process.pid));
  } catch {
    // The next one of us removes the group.
  }
  removeGroup(path);
};

const joinGroup = async (): Promise<void> => {
  for (const parent of groupParents(textOf("/proc/self/cgroup"))) {
    const path = makeGroup(parent);
    if (path === null) continue;
    process.once("exit", () => leave(path));
    const { promise, resolve } = Promise.withResolvers<Error | null>();
    writeFile(join(path, "cgroup.procs"), String(process.pid), resolve);
    if ((await promise) !== null) leave(path);
    return;
  }
};

let joined: Promise<void> | null = null;

/**
 * As root: this very process enters a group once, and with it every command that it starts. To bring in each command by
 * itself costs the kernel milliseconds every time.
 */
export const countProcesses = (isRoot: boolean): Promise<void> => {
  joined ??= isRoot ? joinGroup() : Promise.resolve();
  return joined;
};
