import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { MergeRequest } from "../../src/types.ts";
import { readTree, type Tree, writeTree } from "../patch/tree.ts";
import { inWorkspace, type TestWorkspace, withoutGit } from "./workspace.ts";

/* Three trees of one store become one, or a list of what stands against it; no file of the workspace changes. */

/** What one side does: files written, and files or folders removed before that. */
type Side = { readonly write?: Tree; readonly remove?: readonly string[] };

const take = async (
  { root, snapshots }: TestWorkspace,
  base: string,
  { write = {}, remove = [] }: Side,
): Promise<string> => {
  for (const path of remove) rmSync(join(root, path), { recursive: true });
  writeTree(root, write);
  const tree = await snapshots.take();
  await snapshots.restore(tree, base);
  return tree;
};

type Found = { readonly conflicts: readonly string[]; readonly hunks: string; readonly files: Record<string, string> };

/** Merges two sides and gives what the workspace would then hold. */
const merge = async (
  workspace: TestWorkspace,
  [ours, theirs]: readonly [Side, Side],
  prefer?: MergeRequest["prefer"],
): Promise<Found> => {
  const { root, snapshots } = workspace;
  const base = await snapshots.take();
  const before = readTree(root);
  const [mine, other] = [await take(workspace, base, ours), await take(workspace, base, theirs)];
  const merged = await snapshots.merge({
    base,
    ours: mine,
    theirs: other,
    ...(prefer === undefined ? {} : { prefer }),
  });
  assert.deepEqual(withoutGit(readTree(root)), withoutGit(before), "nothing in the workspace has changed");
  if (!merged.ok) {
    const { conflicts } = merged;
    return {
      conflicts: conflicts.map(({ path, why }) => `${path}: ${why}`).sort(),
      hunks: conflicts.map(({ hunks }) => hunks).join("\n"),
      files: {},
    };
  }
  await snapshots.restore(base, merged.tree);
  const files = withoutGit(readTree(root));
  await snapshots.restore(merged.tree, base);
  return { conflicts: [], hunks: "", files };
};

const lines = (...changes: readonly (readonly [number, string])[]): string =>
  Array.from({ length: 12 }, (_, index) => `${changes.find(([at]) => at === index)?.[1] ?? `line ${index}`}\n`).join(
    "",
  );

const start: Tree = {
  "a.txt": lines(),
  "b.txt": "b\n",
  "dir/c.txt": "c\n",
  "bin.dat": { b64: "AAEC" },
  link: { link: "a.txt" },
};
const inStart = (body: (workspace: TestWorkspace) => Promise<void>): Promise<void> =>
  inWorkspace(start, "repository", body);

const bothText = "both sides changed the same lines";
const notText = "both sides changed it, and it is not text";

describe("merge of trees", () => {
  test("what only one side did is taken, what both did the same stays, lines apart come together", () =>
    inStart(async (workspace) => {
      const found = await merge(workspace, [
        {
          write: {
            "a.txt": lines([0, "ours"]),
            "same.txt": "s\n",
            "mine.txt": "m\n",
            "b.txt": { data: "b\n", mode: 0o755 },
          },
          remove: ["bin.dat"],
        },
        {
          write: {
            "a.txt": lines([9, "theirs"]),
            "same.txt": "s\n",
            "new/d.txt": "d\n",
            link: { link: "b.txt" },
            "b.txt": "b\nmore\n",
          },
          remove: ["dir", "link"],
        },
      ]);
      assert.deepEqual(found.conflicts, []);
      assert.deepEqual(found.files, {
        "a.txt": `644 ${lines([0, "ours"], [9, "theirs"])}`,
        "b.txt": "755 b\nmore\n",
        link: "link b.txt",
        "mine.txt": "644 m\n",
        "new/d.txt": "644 d\n",
        "same.txt": "644 s\n",
      });
    }));

  test("each kind of conflict is told, and one is enough to take nothing", () =>
    inStart(async (workspace) => {
      const found = await merge(workspace, [
        {
          write: {
            "a.txt": lines([5, "ours"]),
            "bin.dat": { b64: "AAED" },
            "both.txt": "one\n",
            dir2: "a file\n",
            "b.txt": "ours\n",
          },
          remove: ["dir/c.txt"],
        },
        {
          write: {
            "a.txt": lines([5, "theirs"]),
            "bin.dat": { b64: "AAEE" },
            "both.txt": "two\n",
            "dir2/x.txt": "x\n",
            "dir/c.txt": "theirs\n",
            "fine.txt": "f\n",
          },
          remove: ["b.txt"],
        },
      ]);
      assert.deepEqual(found.conflicts, [
        `a.txt: ${bothText}`,
        "b.txt: changed in the workspace and deleted by the helper",
        `bin.dat: ${notText}`,
        `both.txt: ${bothText}`,
        "dir/c.txt: deleted in the workspace and changed by the helper",
        "dir2: a file on one side and a folder on the other",
      ]);
      assert.match(
        found.hunks,
        /line 4\n<<<<<<< workspace\nours\n\|+ before\nline 5\n=======\ntheirs\n>>>>>>> helper\nline 6/,
      );
    }));

  test("a side that is preferred decides what both changed, and only that", () =>
    inStart(async (workspace) => {
      const sides: [Side, Side] = [
        { write: { "a.txt": lines([1, "kept"], [6, "ours"]), "bin.dat": { b64: "AAED" } }, remove: ["dir"] },
        { write: { "a.txt": lines([6, "theirs"], [11, "end"]), "bin.dat": { b64: "AAEE" }, "dir/c.txt": "theirs\n" } },
      ];
      const theirs = (await merge(workspace, sides, "theirs")).files;
      assert.equal(theirs["a.txt"], `644 ${lines([1, "kept"], [6, "theirs"], [11, "end"])}`);
      assert.deepEqual([theirs["bin.dat"], theirs["dir/c.txt"]], ["644 \0\u0001\u0004", "644 theirs\n"]);
      const ours = (await merge(workspace, sides, "ours")).files;
      assert.equal(ours["a.txt"], `644 ${lines([1, "kept"], [6, "ours"], [11, "end"])}`);
      assert.deepEqual([ours["bin.dat"], ours["dir/c.txt"]], ["644 \0\u0001\u0003", undefined]);
    }));

  test("lines that lie apart always come together, in whatever files", () =>
    inStart(async (workspace) => {
      const places = [0, 4, 8];
      const side = fc.dictionary(fc.constantFrom("a.txt", "x.txt", "dir/y.txt"), fc.constantFrom(...places), {
        maxKeys: 3,
      });
      await fc.assert(
        fc.asyncProperty(side, side, async (ours, theirs) => {
          const names = ["a.txt", "x.txt", "dir/y.txt"];
          const all = Object.fromEntries(names.map((name) => [name, lines()]));
          writeTree(workspace.root, all);
          const written = (changes: Record<string, number>, word: string): Side => ({
            write: Object.fromEntries(Object.entries(changes).map(([name, at]) => [name, lines([at, word])])),
          });
          const found = await merge(workspace, [written(ours, "ours"), written(theirs, "theirs")]);
          const clashing = names.filter((name) => ours[name] !== undefined && ours[name] === theirs[name]);
          assert.deepEqual(found.conflicts, clashing.map((name) => `${name}: ${bothText}`).sort());
          if (clashing.length > 0) return;
          for (const name of names) {
            const [mine, other] = [ours[name], theirs[name]];
            const changes = [
              ...(mine === undefined ? [] : [[mine, "ours"] as const]),
              ...(other === undefined ? [] : [[other, "theirs"] as const]),
            ];
            assert.equal(found.files[name], `644 ${lines(...changes)}`);
          }
        }),
        { numRuns: 12 },
      );
    }));
});
