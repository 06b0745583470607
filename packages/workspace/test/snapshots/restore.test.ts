import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { SnapshotError } from "../../src/types.ts";
import { readTree, type Tree, writeTree } from "../patch/tree.ts";
import { gitDirOf, inWorkspace, type TestWorkspace, withoutGit } from "./workspace.ts";

const clear = (root: string): void => {
  for (const name of readdirSync(root)) if (name !== ".git") rmSync(join(root, name), { recursive: true, force: true });
};

/** Takes a snapshot, replaces everything, restores, and expects every byte, mode and link back. */
const roundTrip = async ({ root, snapshots }: TestWorkspace, after: Tree): Promise<void> => {
  const files = withoutGit(readTree(root));
  const first = await snapshots.take();
  clear(root);
  writeTree(root, after);
  const second = await snapshots.take();
  const changes = await snapshots.changes(second, first);
  assert.deepEqual(await snapshots.restore(second, first), changes);
  assert.deepEqual(withoutGit(readTree(root)), files);
  assert.equal(await snapshots.take(), first);
};

const before: Tree = {
  "same.txt": "same\n",
  "changed.txt": "old\n",
  "deleted/deep/file.txt": "gone\n",
  "run.sh": { data: "#!/bin/sh\n", mode: 0o755 },
  "bytes.bin": { b64: Buffer.from([0, 1, 255, 10, 13]).toString("base64") },
  link: { link: "same.txt" },
  "file-then-folder": "file\n",
  "folder-then-file/x": "x\n",
  "folder-then-link/x": "x\n",
  "link-then-folder": { link: "deleted" },
  "-dash": "d\n",
  "new\nline": "n\n",
  empty: "",
};
const after: Tree = {
  "same.txt": "same\n",
  "changed.txt": "new\n",
  "added/deep/file.txt": "new\n",
  "run.sh": { data: "#!/bin/sh\n", mode: 0o644 },
  link: "now a file\n",
  "file-then-folder/inner": "inner\n",
  "folder-then-file": "file\n",
  "folder-then-link": { link: "/tmp" },
  "link-then-folder/file": "f\n",
};

for (const kind of ["repository", "folder"] as const) {
  test(`restores every kind of change, both ways (${kind})`, async () => {
    await inWorkspace(before, kind, (workspace) => roundTrip(workspace, after));
    await inWorkspace(after, kind, (workspace) => roundTrip(workspace, before));
  });
}

test("restores only the named files when some are named", () =>
  inWorkspace({ "a.txt": "a\n", "b.txt": "b\n" }, "repository", async ({ root, snapshots }) => {
    const first = await snapshots.take();
    for (const name of ["a.txt", "b.txt", "c.txt"]) writeFileSync(join(root, name), "x\n");
    const second = await snapshots.take();
    const restored = await snapshots.restore(second, first, new Set(["a.txt"]));
    assert.deepEqual(restored, [{ path: "a.txt", kind: "update" }]);
    assert.deepEqual(await snapshots.changes(first, await snapshots.take()), [
      { path: "b.txt", kind: "update" },
      { path: "c.txt", kind: "add" },
    ]);
  }));

test("touches only what differs", () =>
  inWorkspace({ "a.txt": "a\n", "b.txt": "b\n" }, "repository", async ({ root, snapshots }) => {
    const first = await snapshots.take();
    const untouched = statSync(join(root, "b.txt"), { bigint: true });
    writeFileSync(join(root, "a.txt"), "x\n");
    chmodSync(join(root, "a.txt"), 0o600);
    await snapshots.restore(await snapshots.take(), first);
    const now = statSync(join(root, "b.txt"), { bigint: true });
    assert.deepEqual([now.ino, now.ctimeNs], [untouched.ino, untouched.ctimeNs]);
    assert.equal(statSync(join(root, "a.txt")).mode & 0o777, 0o600);
  }));

test("the user's repository is not changed by restoring", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots }) => {
    const first = await snapshots.take();
    writeFileSync(join(root, "a.txt"), "x\n");
    const second = await snapshots.take();
    const git = readTree(join(root, ".git"));
    await snapshots.restore(second, first);
    assert.deepEqual(readTree(join(root, ".git")), git);
  }));

test("ignored files stay, also when restoring changes what is ignored", () =>
  inWorkspace({ ".gitignore": ".env\nout/\n", "a.txt": "a\n" }, "repository", async ({ root, snapshots }) => {
    writeFileSync(join(root, ".env"), "KEY=1\n");
    mkdirSync(join(root, "out"));
    writeFileSync(join(root, "out", "x"), "built\n");
    const first = await snapshots.take();
    unlinkSync(join(root, ".gitignore"));
    writeFileSync(join(root, "b.txt"), "b\n");
    const second = await snapshots.take();
    assert.deepEqual(await snapshots.restore(second, first), [
      { path: ".gitignore", kind: "add" },
      { path: "b.txt", kind: "delete" },
    ]);
    assert.equal(readFileSync(join(root, ".env"), "utf8"), "KEY=1\n");
    assert.equal(readFileSync(join(root, "out", "x"), "utf8"), "built\n");
    assert.equal(await snapshots.take(), first);
  }));

test("an ignored file in the way is an error before anything changes", () =>
  inWorkspace({ ".gitignore": "*.o\n", thing: "file\n", "z.txt": "z\n" }, "repository", async ({ root, snapshots }) => {
    const first = await snapshots.take();
    rmSync(join(root, "thing"));
    mkdirSync(join(root, "thing"));
    writeFileSync(join(root, "thing", "a.o"), "object\n");
    writeFileSync(join(root, "z.txt"), "changed\n");
    const second = await snapshots.take();
    const files = readTree(root);
    await assert.rejects(
      snapshots.restore(second, first),
      new SnapshotError("cannot restore thing: thing/a.o is in the way and not part of a snapshot"),
    );
    assert.deepEqual(readTree(root), files);
  }));

test("a lost object is an error before anything changes", () =>
  inWorkspace({ "a.txt": "a\n", "b.txt": "b\n" }, "folder", async ({ root, snapshots, storeDir }) => {
    const first = await snapshots.take();
    writeFileSync(join(root, "a.txt"), "x\n");
    writeFileSync(join(root, "b.txt"), "y\n");
    const second = await snapshots.take();
    // The blob of "b\n".
    unlinkSync(join(gitDirOf(storeDir), "objects", "61", "780798228d17af2d34fce4cfbdf35556832472"));
    const files = readTree(root);
    await assert.rejects(snapshots.restore(second, first), /the content of b\.txt is no longer in the snapshot store/);
    assert.deepEqual(readTree(root), files);
  }));

test("a symlink in place of a folder never leads a write outside", () =>
  inWorkspace({ "d/a.txt": "a\n" }, "folder", async ({ root, snapshots }) => {
    const outside = join(root, "..", "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "a.txt"), "theirs\n");
    const first = await snapshots.take();
    writeFileSync(join(root, "d", "a.txt"), "changed\n");
    const second = await snapshots.take();
    // Swapped after the snapshot, so the plan does not know of it.
    rmSync(join(root, "d"), { recursive: true });
    symlinkSync(outside, join(root, "d"));
    await assert.rejects(snapshots.restore(second, first), SnapshotError);
    assert.equal(readFileSync(join(outside, "a.txt"), "utf8"), "theirs\n");
    rmSync(join(root, "d"));
    mkdirSync(join(root, "d"));
    await snapshots.restore(second, first);
    assert.equal(readFileSync(join(root, "d", "a.txt"), "utf8"), "a\n");
    // The same for a deletion.
    writeFileSync(join(root, "d", "b.txt"), "b\n");
    writeFileSync(join(outside, "b.txt"), "theirs\n");
    const third = await snapshots.take();
    rmSync(join(root, "d"), { recursive: true });
    symlinkSync(outside, join(root, "d"));
    await snapshots.restore(third, first);
    assert.equal(readFileSync(join(outside, "b.txt"), "utf8"), "theirs\n");
  }));

test("folders that become empty go, others stay", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots }) => {
    const first = await snapshots.take();
    mkdirSync(join(root, "x", "y"), { recursive: true });
    mkdirSync(join(root, "empty"));
    writeFileSync(join(root, "x", "y", "z"), "z\n");
    await snapshots.restore(await snapshots.take(), first);
    assert.equal(existsSync(join(root, "x")), false);
    assert.equal(existsSync(join(root, "empty")), true);
  }));

test("a large file is streamed", () =>
  inWorkspace({ "a.txt": "a\n" }, "folder", async ({ root, snapshots }) => {
    const large = Buffer.alloc(70 * 1024 * 1024, "0123456789abcdef");
    writeFileSync(join(root, "large.bin"), large);
    const first = await snapshots.take();
    unlinkSync(join(root, "large.bin"));
    await snapshots.restore(await snapshots.take(), first);
    assert.ok(readFileSync(join(root, "large.bin")).equals(large));
  }));

const entry = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ b64: Buffer.from(bytes).toString("base64") })),
  fc.record({ data: fc.string({ maxLength: 5 }), mode: fc.constantFrom(0o644, 0o755) }),
  fc.record({ link: fc.constantFrom("a", "../x", "/nowhere", "b/c") }),
);
/** Random trees over few names, so that files, folders and links meet in one place. */
const randomTree = fc
  .array(fc.tuple(fc.array(fc.constantFrom("a", "b", "c d", "é"), { minLength: 1, maxLength: 3 }), entry), {
    maxLength: 8,
  })
  .map((pairs) => {
    const tree: Tree = {};
    for (const [parts, value] of pairs) {
      const path = parts.join("/");
      const clashes = Object.keys(tree).some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`));
      if (!clashes) tree[path] = value;
    }
    return tree;
  });

test("property: any tree comes back from any other", () =>
  inWorkspace({}, "folder", (workspace) =>
    fc.assert(
      fc.asyncProperty(randomTree, randomTree, async (from, to) => {
        clear(workspace.root);
        writeTree(workspace.root, from);
        await roundTrip(workspace, to);
      }),
      { numRuns: 25 },
    ),
  ));

test("a link stays a link", () =>
  inWorkspace({ "a.txt": "a\n", l: { link: "a.txt" } }, "folder", async ({ root, snapshots }) => {
    const first = await snapshots.take();
    unlinkSync(join(root, "l"));
    await snapshots.restore(await snapshots.take(), first);
    assert.ok(lstatSync(join(root, "l")).isSymbolicLink());
  }));
