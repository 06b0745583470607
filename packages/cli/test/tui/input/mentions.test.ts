import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Choice } from "../../../src/tui/contract.ts";
import { createSearch, prepare } from "../../../src/tui/input/fuzzy.ts";
import { listFiles } from "../../../src/tui/input/list-files.ts";
import { createMentions, mentionsOf } from "../../../src/tui/input/mentions.ts";

const best = (paths: readonly string[], query: string): string | undefined => {
  const search = createSearch(paths.map(prepare), query, 10);
  search.run(() => false);
  return search.best()[0];
};

const ranked: readonly (readonly [string, string, readonly string[]])[] = [
  ["main", "src/main.ts", ["src/domain/other.ts", "maintenance/readme.md", "src/main.ts"]],
  ["edview", "src/tui/editor-view.ts", ["docs/edvard/review.md", "src/tui/editor-view.ts", "src/medium/overview.ts"]],
  ["srcmain", "src/main.ts", ["scripts/rc/domain.ts", "src/main.ts"]],
  ["Readme", "README.md", ["docs/README-old/x.md", "README.md"]],
  ["tui/ed", "src/tui/editor.ts", ["src/tui-old/need.ts", "src/tui/editor.ts"]],
];
for (const [query, expected, paths] of ranked)
  test(`${query} finds ${expected}`, () => assert.equal(best(paths, query), expected));

test("every path is found by letters of it in their order, and by no others", () => {
  const path = fc.stringMatching(/^[a-cA-C/_.-]{1,12}$/);
  fc.assert(
    fc.property(fc.array(path, { maxLength: 30 }), fc.stringMatching(/^[a-c/_]{0,4}$/), (paths, query) => {
      const search = createSearch(paths.map(prepare), query, 100);
      search.run(() => false);
      const letters = Array.from(query.toLowerCase(), (letter) => letter.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
      const inOrder = new RegExp(letters.join(".*"));
      assert.deepEqual([...search.best()].sort(), paths.filter((one) => inOrder.test(one.toLowerCase())).sort());
    }),
  );
});

test("50,000 files are searched a slice at a time, and more is told when there is more", async () => {
  const paths = Array.from({ length: 50_000 }, (_, index) => `packages/p${index % 97}/src/file-name-${index}.ts`);
  // A clock that goes on a millisecond whenever it is read: slices end after so many looks, however fast the machine is.
  let time = 0;
  let told = Promise.withResolvers<void>();
  const mentions = createMentions({
    list: async (found) => found(paths),
    changed: () => told.resolve(),
    now: () => {
      time += 1;
      return time;
    },
  });
  mentions.find("");
  const first = mentions.find("name49999");
  assert.equal(first.length, 0);
  let found: readonly Choice[] = first;
  for (let slices = 0; found.length === 0; slices += 1) {
    assert.ok(slices < 1000);
    await told.promise;
    told = Promise.withResolvers();
    found = mentions.find("name49999");
  }
  assert.deepEqual(found, [{ insert: paths[49_999], label: "file-name-49999.ts", detail: "packages/p44/src/" }]);
  mentions.close();
});

const inFolder = async (use: (root: string) => Promise<void>): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), "fettle-mentions-"));
  try {
    mkdirSync(join(root, "src"));
    mkdirSync(join(root, "node_modules/dep"), { recursive: true });
    for (const path of ["src/a.ts", "src/ignored.log", "b c.md", "node_modules/dep/x.js"])
      writeFileSync(join(root, path), "");
    writeFileSync(join(root, ".gitignore"), "*.log\nnode_modules\n");
    symlinkSync("/", join(root, "out"));
    await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
};

const listed = async (root: string): Promise<string[]> => {
  const all: string[] = [];
  await listFiles(root, (paths) => all.push(...paths), new AbortController().signal);
  return all.sort();
};

test("a repository's files are what git knows and does not ignore; its configuration runs nothing", () =>
  inFolder(async (root) => {
    const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args]);
    git("init", "-q");
    git("config", "core.fsmonitor", `touch ${join(root, "ran")}`);
    assert.deepEqual(await listed(root), [".gitignore", "b c.md", "out", "src/a.ts"]);
    assert.deepEqual(await listed(join(root, "src")), ["a.ts"]);
    // Three sides of a conflict are one file.
    const empty = git("hash-object", "-w", "-t", "blob", "/dev/null").toString().trim();
    const sides = [1, 2, 3].map((side) => `100644 ${empty} ${side}\tsrc/a.ts\n`).join("");
    execFileSync("git", ["-C", root, "update-index", "--index-info"], { input: sides });
    assert.deepEqual(await listed(join(root, "src")), ["a.ts"]);
  }));

test("without a repository the folder is walked, and no link followed", () =>
  inFolder(async (root) => {
    // A folder above may be a repository; this one says that it is none.
    writeFileSync(join(root, ".git"), "");
    const files = await listed(root);
    assert.deepEqual(
      files.filter((path) => path !== ".git"),
      [".gitignore", "b c.md", "src/a.ts", "src/ignored.log"],
    );
  }));

test("nothing is listed before it is asked for, and then in the background", () =>
  inFolder(async (root) => {
    const told = Promise.withResolvers<void>();
    const mentions = mentionsOf(
      () => root,
      () => told.resolve(),
    );
    assert.deepEqual(mentions.find("ats"), []);
    await told.promise;
    for (let tries = 0; tries < 1000 && mentions.find("ats").length === 0; tries += 1) await new Promise(setImmediate);
    assert.equal(mentions.find("ats")[0]?.insert, "src/a.ts");
    mentions.close();
  }));
