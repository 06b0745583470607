import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isWithin } from "./paths.ts";

/*
 * bubblewrap mounts by path. While it does, another command that runs in the same folder may exchange a folder on the
 * way for a link, and something else is mounted, or it is mounted elsewhere. So before a command begins, what has
 * really been mounted is compared with what was meant; the kernel tells it in proc_pid_mountinfo(5).
 */

/** One line of mountinfo: `root` is what is mounted, as a path in its file system, `at` is where. */
export type Mount = { readonly device: string; readonly root: string; readonly at: string };

/** `of` is the host's path that must be seen at `at`; null when it cannot be exchanged (an empty folder, a file of ours). */
export type ExpectedMount = { readonly at: string; readonly of: string | null };

const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Names are compared byte by byte, whatever their encoding. */
const asBytes = (path: string): string => Buffer.from(path, "utf8").toString("latin1");

/** Reads mountinfo, given as latin1. */
export const parseMounts = (text: string): Mount[] =>
  text
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.length > 5)
    .map(([, , device = "", root = "", at = ""]) => ({ device, root: unescaped(root), at: unescaped(at) }));

const argumentCounts: Readonly<Record<string, number>> = { "--bind": 2, "--ro-bind": 2, "--tmpfs": 1 };

/** What the arguments of bubblewrap mount below folders that commands can change. */
export const expectedMounts = (args: readonly string[], changeable: readonly string[]): ExpectedMount[] => {
  const isBelow = (path: string): boolean => changeable.some((folder) => path !== folder && isWithin(path, folder));
  const last = new Map<string, ExpectedMount>();
  for (let index = 0; index < args.length && args[index] !== "--"; index += 1) {
    const count = argumentCounts[args[index] ?? ""];
    if (count === undefined) continue;
    const [source = "", at = source] = args.slice(index + 1, index + 1 + count);
    index += count;
    if (isBelow(at)) last.set(at, { at, of: count === 2 && isBelow(source) ? source : null });
  }
  return [...last.values()];
};

/** What is mounted at the path itself; the last one covers those before it. */
const mountAt = (mounts: readonly Mount[], path: string): Mount | undefined => mounts.findLast(({ at }) => at === path);

/** Where the host's path lies: its file system and its path in that. */
const placeOf = (mounts: readonly Mount[], path: string): { device: string; root: string } | null => {
  const longest = mounts
    .filter(({ at }) => isWithin(path, at))
    .sort((a, b) => a.at.length - b.at.length)
    .at(-1);
  const mount = longest && mountAt(mounts, longest.at);
  return mount ? { device: mount.device, root: join(mount.root, relative(mount.at, path)) } : null;
};

/** The first expected mount that is not there, or is of something else; null when all are as they should be. */
export const wrongMount = (
  expected: readonly ExpectedMount[],
  host: readonly Mount[],
  inside: readonly Mount[],
): ExpectedMount | null =>
  expected.find(({ at, of }) => {
    const found = mountAt(inside, asBytes(at));
    if (found === undefined) return true;
    if (of === null) return false;
    const place = placeOf(host, asBytes(of));
    return place === null || place.device !== found.device || place.root !== found.root;
  }) ?? null;

/** Of this process, or of the one given. Empty when it is gone. */
export const readMounts = (pid: number | "self"): Mount[] => {
  try {
    return parseMounts(readFileSync(`/proc/${pid}/mountinfo`, "latin1"));
  } catch {
    return [];
  }
};
