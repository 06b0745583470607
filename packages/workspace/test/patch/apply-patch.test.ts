import assert from "node:assert/strict";
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { applyPatch } from "../../src/patch/apply-patch.ts";
import type { PatchOutcome } from "../../src/types.ts";
import { inFolder, readTree, type Tree } from "./tree.ts";

const wrap = (body: string): string => `*** Begin Patch\n${body}*** End Patch\n`;

/** Applies to a new folder; returns the outcome and the tree after it. */
const run = (tree: Tree, body: string): Promise<{ outcome: PatchOutcome; files: Record<string, string> }> =>
  inFolder(tree, async (root) => {
    const outcome = await applyPatch(wrap(body), { cwd: root, roots: [root] });
    return { outcome, files: readTree(root) };
  });

const succeeds = async (tree: Tree, body: string, files: Record<string, string>): Promise<PatchOutcome> => {
  const result = await run(tree, body);
  assert.ok(result.outcome.ok, JSON.stringify(result.outcome));
  assert.deepEqual(result.files, files);
  return result.outcome;
};

const fails = async (tree: Tree, body: string, message: string): Promise<void> => {
  const before = await inFolder(tree, readTree);
  const result = await run(tree, body);
  assert.deepEqual(result.outcome, { ok: false, message });
  assert.deepEqual(result.files, before);
};

test("tells changes, summary and a diff", async () => {
  const outcome = await succeeds(
    { "a.txt": "one\ntwo\n", "old.sh": { data: "x\n", mode: 0o755 }, "gone.txt": "g\n" },
    "*** Update File: a.txt\n@@\n one\n-two\n+2\n*** Add File: d/new.txt\n+n\n*** Delete File: gone.txt\n" +
      "*** Update File: old.sh\n*** Move to: d/new.sh\n@@\n-x\n+y\n",
    { "a.txt": "644 one\n2\n", "d/new.txt": "644 n\n", "d/new.sh": "755 y\n" },
  );
  assert.deepEqual(outcome, {
    ok: true,
    changes: [
      { path: "a.txt", kind: "update" },
      { path: "d/new.txt", kind: "add" },
      { path: "gone.txt", kind: "delete" },
      { path: "old.sh", kind: "update", movePath: "d/new.sh" },
    ],
    summary: "Success. Updated the following files:\nA d/new.txt\nM a.txt\nM d/new.sh\nD gone.txt\n",
    diff:
      "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n" +
      "diff --git a/d/new.txt b/d/new.txt\nnew file mode 100644\n--- /dev/null\n+++ b/d/new.txt\n@@ -0,0 +1 @@\n+n\n" +
      "diff --git a/gone.txt b/gone.txt\ndeleted file mode 100644\n--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-g\n" +
      "diff --git a/old.sh b/old.sh\ndeleted file mode 100755\n--- a/old.sh\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n" +
      "diff --git a/d/new.sh b/d/new.sh\nnew file mode 100755\n--- /dev/null\n+++ b/d/new.sh\n@@ -0,0 +1 @@\n+y\n",
  });
});

test("line endings, byte order marks and modes of updated files stay", async () => {
  await succeeds({ f: "a\r\nb\r\nc\r\n" }, "*** Update File: f\n@@\n a\n-b\n+B\n+X\n c\n", {
    f: "644 a\r\nB\r\nX\r\nc\r\n",
  });
  await succeeds({ f: "a\nb\r\nc\nd\n" }, "*** Update File: f\n@@\n a\n+X\n b\n", { f: "644 a\nX\nb\r\nc\nd\n" });
  await succeeds({ f: { data: "\ufeffa\n", mode: 0o751 } }, "*** Update File: f\n@@\n-a\n+b\n", {
    f: `751 ${Buffer.from("\ufeffb\n").toString("latin1")}`,
  });
  await succeeds({ f: "a\nb" }, "*** Update File: f\n@@\n-a\n+A\n", { f: "644 A\nb\n" });
  await succeeds({ f: { data: "a\n", mode: 0o755 } }, "*** Add File: f\n+new\n", { f: "755 new\n" });
});

test("loosely matched context keeps the file's own text", async () => {
  await succeeds({ f: "a  \n\tb\nc\n" }, "*** Update File: f\n@@\n a\n-b\n+B\n c\n", { f: "644 a  \nB\nc\n" });
  const plain = Buffer.from("say “hi” — now\n").toString("latin1");
  await succeeds({ f: "say “hi” — now\nx\n" }, '*** Update File: f\n@@\n say "hi" - now\n-x\n+y\n', {
    f: `644 ${plain}y\n`,
  });
  await succeeds({ f: " a\nb\na\n" }, "*** Update File: f\n@@\n-a\n+Z\n", { f: "644  a\nb\nZ\n" });
});

test("stacked @@ markers narrow the place", async () => {
  const file = "class A\n  def x\n    1\nclass B\n  def y\n    1\n  def x\n    1\n";
  await succeeds({ f: file }, "*** Update File: f\n@@ class B\n@@ def x\n-    1\n+    2\n", {
    f: `644 ${file.slice(0, -2)}2\n`,
  });
});

test("heredoc lines and missing newlines around the patch are tolerated", async () => {
  for (const text of [
    "<<'EOF'\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF\n",
    '<<"PATCH"\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nPATCH',
    "\n\n*** Begin Patch\r\n*** Add File: a\r\n+x\r\n*** End Patch",
  ])
    await inFolder({}, async (root) => {
      const outcome = await applyPatch(text, { cwd: root, roots: [root] });
      assert.equal(outcome.ok, true, JSON.stringify(outcome));
      assert.deepEqual(readTree(root), { a: "644 x\n" });
    });
});

test("operations see the ones before them", async () => {
  await succeeds({}, "*** Add File: f\n+a\n*** Update File: f\n@@\n-a\n+b\n", { f: "644 b\n" });
  await succeeds({ a: "x\n" }, "*** Delete File: a\n*** Add File: a/b\n+z\n", { "a/b": "644 z\n" });
  await succeeds({ a: "x\n" }, "*** Update File: a\n*** Move to: a\n@@\n-x\n+y\n", { a: "644 y\n" });
  await succeeds(
    { a: "x\n", b: "y\n" },
    "*** Update File: a\n*** Move to: c\n@@\n x\n*** Update File: b\n*** Move to: a\n@@\n y\n*** Update File: c\n*** Move to: b\n@@\n x\n",
    { a: "644 y\n", b: "644 x\n" },
  );
  await succeeds({}, "*** Add File: f\n+a\n*** Delete File: f\n", {});
  await fails(
    { f: "a\n" },
    "*** Delete File: f\n*** Update File: f\n@@\n-a\n+b\n",
    "cannot update f: it does not exist",
  );
  await fails({}, "*** Add File: f\n+a\n*** Add File: f/g\n+b\n", "cannot write f/g: f is a file");
  await fails({}, "*** Add File: f/g\n+a\n*** Add File: f\n+b\n", "cannot write f: it is a folder");
});

test("a hunk that is not found says which line, and what the file has instead", async () => {
  const file = { "src/a.ts": "one\ntwo\nthree\nfour\n" };
  await fails(
    file,
    "*** Add File: made/x\n+x\n*** Update File: src/a.ts\n@@\n two\n-3\n+drei\n four\n",
    'cannot update src/a.ts: hunk at patch line 5: patch line 7 does not match: expected "3", but line 3 is "three" (nearest place: lines 2-4)',
  );
  await fails(
    file,
    "*** Update File: src/a.ts\n@@\n-nothing\n+x\n",
    'cannot update src/a.ts: hunk at patch line 3: patch line 4 does not match: expected "nothing", and no line of the hunk occurs in the file from line 1 on',
  );
  await fails(
    file,
    "*** Update File: src/a.ts\n@@\n-three\n+3\n@@\n-one\n+1\n",
    "cannot update src/a.ts: hunk at patch line 6: the lines stand at line 1, before the place the previous hunk or '@@' reached (line 3); hunks must follow the order of the file",
  );
  await fails(
    file,
    "*** Update File: src/a.ts\n@@\n-two\n+2\n*** End of File\n",
    "cannot update src/a.ts: hunk at patch line 3: the lines stand at line 2, but '*** End of File' says that they are the last ones",
  );
});

test("what is no text of a reasonable size is refused", async () => {
  const body = "*** Update File: f\n@@\n-a\n+b\n";
  await fails({ f: "a\n\0" }, body, "cannot update f: it is a binary file; change it with a command instead");
  const latin = { b64: Buffer.from("a\n\xe9\n", "latin1").toString("base64") };
  await fails({ f: latin }, body, "cannot update f: it is not UTF-8 text; change it with a command instead");
  const size = 10 * 1024 * 1024 + 1;
  await fails(
    { f: "a\n".padEnd(size, "x") },
    body,
    `cannot update f: it has ${size} bytes; patches change files up to ${size - 1} bytes`,
  );
  await fails({ "f/x": "a\n" }, body, "cannot update f: it is a folder");
  await fails({ "f/x": "a\n" }, "*** Delete File: f\n", "cannot delete f: it is a folder");
  await succeeds({ f: "a\n\0" }, "*** Delete File: f\n", {});
});

test("hard links, owners and untouched files are not rewritten by a failing commit", () =>
  inFolder({ a: "a\n", b: "b\n" }, async (root) => {
    const before = statSync(join(root, "a"), { bigint: true });
    // The second write cannot be made: its folder would have a name that is too long.
    const long = "x".repeat(300);
    const patch = wrap(`*** Update File: a\n@@\n-a\n+A\n*** Add File: new/${long}\n+x\n`);
    const outcome = await applyPatch(patch, { cwd: root, roots: [root] });
    assert.equal(outcome.ok, false);
    assert.deepEqual(readTree(root), { a: "644 a\n", b: "644 b\n" });
    const after = statSync(join(root, "a"), { bigint: true });
    assert.deepEqual([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
  }));

test("a symlink that stays inside is followed by an update and itself deleted", () =>
  inFolder({ "real/f": "a\n", link: { link: "real" }, "to-file": { link: "real/f" } }, async (root) => {
    const options = { cwd: root, roots: [root] };
    const first = await applyPatch(wrap("*** Update File: link/f\n@@\n-a\n+b\n"), options);
    assert.ok(first.ok);
    assert.deepEqual(first.changes, [{ path: "real/f", kind: "update" }]);
    assert.ok((await applyPatch(wrap("*** Update File: to-file\n@@\n-b\n+c\n"), options)).ok);
    assert.ok((await applyPatch(wrap("*** Delete File: to-file\n"), options)).ok);
    assert.deepEqual(readTree(root), { link: "link real", "real/f": "644 c\n" });
  }));

test("relative to a subfolder, absolute, and in an added root", () =>
  inFolder({ "sub/f": "a\n" }, async (root) => {
    const extra = join(root, "..", "extra");
    mkdirSync(extra);
    symlinkSync(extra, join(root, "to-extra"));
    const roots = [root, extra];
    const cwd = join(root, "sub");
    const body = `*** Update File: f\n@@\n-a\n+b\n*** Add File: ../g\n+g\n*** Add File: ${extra}/h\n+h\n*** Add File: ../to-extra/i\n+i\n`;
    const outcome = await applyPatch(wrap(body), { cwd, roots });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    assert.deepEqual(
      outcome.changes.map((change) => change.path),
      ["f", join(root, "g"), join(extra, "h"), join(extra, "i")],
    );
    assert.deepEqual(readTree(extra), { h: "644 h\n", i: "644 i\n" });
    writeFileSync(join(extra, "h"), "");
  }));
