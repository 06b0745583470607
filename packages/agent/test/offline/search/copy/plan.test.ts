import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { planCopy } from "../../../../src/offline/search/copy/plan.ts";
import { createProject } from "../project.ts";

const files = {
  "a.js": "1",
  ".gitignore": "dist/\nbig/\nnode_modules/\n",
  "dist/built.js": "2",
  "big/one.bin": "x".repeat(5000),
  "big/two.bin": "x".repeat(5000),
  "node_modules/dep/index.js": "3",
};

const fileNames = (plan: ReturnType<typeof planCopy>) =>
  plan?.items
    .filter((item) => item.kind === "file")
    .map((item) => item.path)
    .sort();

test("a small tree is copied whole, what git ignores included", (t) => {
  const root = createProject(t, files);
  execFileSync("git", ["init", "-q", root]);
  const plan = planCopy(root);
  assert.deepEqual(plan?.leftOut, []);
  assert.deepEqual(fileNames(plan), [".gitignore", "a.js", "big/one.bin", "big/two.bin", "dist/built.js"]);
  const links = plan?.items.filter((item) => item.kind === "link");
  assert.deepEqual(links, [{ kind: "link", path: "node_modules/dep", target: `${root}/node_modules/dep` }]);
});

test("what is ignored and too large is left out by name", (t) => {
  const root = createProject(t, files);
  execFileSync("git", ["init", "-q", root]);
  const plan = planCopy(root, { files: 100, bytes: 6000 });
  assert.deepEqual(plan?.leftOut, ["big"]);
  assert.deepEqual(fileNames(plan), [".gitignore", "a.js", "dist/built.js"]);
  assert.deepEqual(
    plan?.items.filter((item) => item.path.startsWith("big")),
    [
      { kind: "folder", path: "big" },
      { kind: "stand-in", path: "big/left-out" },
    ],
  );
});

test("a tree that is too large without that is not copied", (t) => {
  const root = createProject(t, { ...files, "large.txt": "x".repeat(7000) });
  assert.equal(planCopy(root, { files: 100, bytes: 6000 }), undefined);
  execFileSync("git", ["init", "-q", root]);
  assert.equal(planCopy(root, { files: 100, bytes: 6000 }), undefined);
  assert.equal(planCopy(root, { files: 2, bytes: 60_000 }), undefined);
});
