import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { programPath } from "@fettle/workspace";
import type { Item } from "./item.ts";
import { type Limits, scanTree } from "./scan.ts";

const LIMITS: Limits = { files: 20_000, bytes: 200 * 1024 * 1024 };
const MAX_IGNORED = 500;

/** What is copied, and what was too large for it (relative). */
type CopyPlan = { readonly items: readonly Item[]; readonly leftOut: readonly string[] };

/**
 * Everything below the root when it is small enough; else all that git does not ignore, and of what it ignores as much
 * as fits. Undefined when even that is too much.
 */
export function planCopy(root: string, limits: Limits = LIMITS): CopyPlan | undefined {
  const whole = scanTree(root, root, limits, () => false);
  if (whole !== undefined) return { items: whole.items, leftOut: [] };
  const ignored = ignoredEntries(root);
  const paths = new Set(ignored.map((entry) => path.join(root, entry)));
  const kept = scanTree(root, root, limits, (file) => paths.has(file));
  if (kept === undefined) return undefined;
  const items = [...kept.items];
  const leftOut: string[] = [];
  let left = { files: limits.files - kept.files, bytes: limits.bytes - kept.bytes };
  for (const [index, entry] of ignored.entries()) {
    const part = index < MAX_IGNORED ? scanTree(root, path.join(root, entry), left, () => false) : undefined;
    if (part === undefined) {
      leftOut.push(entry);
      items.push(...standIn(root, entry));
    } else {
      items.push(...part.items);
      left = { files: left.files - part.files, bytes: left.bytes - part.bytes };
    }
  }
  return { items, leftOut };
}

function standIn(root: string, entry: string): Item[] {
  const isFolder = fs.lstatSync(path.join(root, entry), { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder) return [{ kind: "stand-in", path: entry }];
  return [
    { kind: "folder", path: entry },
    { kind: "stand-in", path: path.join(entry, "left-out") },
  ];
}

/** Files and folders that git ignores, relative, without node_modules; none without git. */
function ignoredEntries(root: string): string[] {
  const args = ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"];
  try {
    const safe = ["-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-C", root];
    const output = execFileSync(programPath("git"), [...safe, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
      maxBuffer: 1 << 26,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
    });
    const names = output.split("\0").map((name) => name.replace(/\/$/, ""));
    return names.filter((name) => name !== "" && path.basename(name) !== "node_modules");
  } catch {
    return [];
  }
}
