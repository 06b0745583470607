import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, statSync, utimesSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { createSnapshots } from "../../src/snapshots/create-snapshots.ts";
import { SnapshotError } from "../../src/types.ts";
import { gitDirOf, inWorkspace } from "./workspace.ts";

const makeOld = (path: string, days: number): void => {
  const time = Date.now() / 1000 - days * 86_400;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), time, time);
};

/** Resolves when the marker of a finished pruning was written anew. */
const pruned = (gitDir: string, since: number): Promise<void> =>
  new Promise((resolve) => {
    const watcher = watch(gitDir);
    const look = (): void => {
      if (statSync(join(gitDir, "fettle-pruned")).mtimeMs <= since) return;
      watcher.close();
      resolve();
    };
    watcher.on("change", look);
    look();
  });

test("snapshots that nothing used for a month go, the others stay", () =>
  inWorkspace({ "a.txt": "current\n" }, "folder", async ({ root, snapshots, storeDir }) => {
    writeFileSync(join(root, "b.txt"), "ancient\n");
    const ancient = await snapshots.take();
    writeFileSync(join(root, "b.txt"), "current\n");
    const current = await snapshots.take();
    const gitDir = gitDirOf(storeDir);
    makeOld(join(gitDir, "objects"), 31);
    writeFileSync(join(root, "b.txt"), "recent\n");
    const recent = await snapshots.take();
    const dayBefore = Date.now() / 1000 - 90_000;
    utimesSync(join(gitDir, "fettle-pruned"), dayBefore, dayBefore);
    const since = statSync(join(gitDir, "fettle-pruned")).mtimeMs;
    const later = createSnapshots({ root, storeDir });
    await later.take();
    await pruned(gitDir, since);
    await assert.rejects(later.changes(ancient, recent), SnapshotError);
    await assert.rejects(later.changes(current, recent), SnapshotError);
    assert.equal(await later.take(), recent);
    writeFileSync(join(root, "b.txt"), "x\n");
    await later.restore(await later.take(), recent);
    const listed = execFileSync("git", ["--git-dir", gitDir, "ls-tree", "--name-only", recent], { encoding: "utf8" });
    assert.equal(listed, "a.txt\nb.txt\n");
  }));
