import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { SearchReport } from "../../../src/offline/search/report.ts";
import { clampSource, createProject } from "./project.ts";
import { search } from "./run-search.ts";

/* The sandbox of these tests leaves the project open: what keeps it whole here is the search itself. */

async function searchIn(root: string, test = "npm test", seconds = 8): Promise<SearchReport> {
  const env = { PWD: root, INIT_CWD: root, PROJECT_ROOT: root };
  return (await search(root, ["--test", test, "--seconds", String(seconds)], env)).report;
}

/** Every path below the root but version control, with the content of files. */
function listing(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, file: join(entry.parentPath, entry.name) }))
    .filter(({ file }) => !file.slice(root.length).startsWith("/.git/"))
    .map(({ entry, file }) => `${file} ${entry.isFile() ? readFileSync(file, "utf8") : ""}`)
    .sort();
}

const manifest = (command: string) => JSON.stringify({ scripts: { test: command } });

/** One edit away from removing the data folder and from writing files of any name. */
const store = `const fs = require("fs");
const path = require("path");
function reset(root) {
  const dir = path.join(root || process.cwd(), "data");
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir);
}
exports.count = (name, n) => {
  if (n < 0) fs.writeFileSync(path.join(process.env.PROJECT_ROOT, name), "junk");
  if (n < 10) fs.mkdirSync(path.join(process.env.PWD, name + "-folder"));
  if (n < 10) reset();
  return n + 1;
};
`;

function storeProject(t: TestContext, run: string, check: string): string {
  const root = createProject(t, {
    "package.json": manifest(run),
    "store.js": store,
    "test/store.test.js": check,
    "data/users.db": "precious",
    ".gitignore": "data/\n",
  });
  execFileSync("git", ["init", "-q", root]);
  return root;
}

const storeCheck = (name: string) => `const { test } = require("node:test"); const assert = require("node:assert");
const { count } = require("../store.js");
test("${name}", () => assert.equal(count("made", 20), 20));
test("more", () => assert.equal(count("made", 12), 12));
`;

test("candidates that delete and write files do so in a copy only", async (t) => {
  const root = storeProject(t, "node --test test/store.test.js", storeCheck("keeps"));
  const before = listing(root);
  const report = await searchIn(root);
  assert.equal(report.engine, "in-process");
  assert.equal(report.status, "found");
  assert.deepEqual(listing(root), before);
});

test("so it is with a process for each candidate, and with the folder's own path in the command", async (t) => {
  const check = `const { count } = require("../store.js"); process.exit(count("made", 20) === 20 ? 0 : 1);`;
  const root = storeProject(t, "node test/store.test.js", check);
  const before = listing(root);
  const report = await searchIn(root, `sh -c "cd ${root}; node ${root}/test/store.test.js"`);
  assert.equal(report.engine, "process");
  assert.equal(report.status, "found");
  assert.equal(report.winner?.file, "store.js");
  assert.deepEqual(listing(root), before);
});

test("an edit with which the tests destroy files is not proposed", async (t) => {
  const files = {
    "package.json": manifest("node --test test/a.test.js"),
    "index.js": `const fs = require("fs");
exports.clean = (really) => {
  if (!really) return "kept";
  fs.rmSync("data", { recursive: true });
  return "cleaned";
};
`,
    "test/a.test.js": `const { test } = require("node:test"); const assert = require("node:assert");
test("cleans", () => assert.equal(require("..").clean(false), "cleaned"));
`,
    "data/users.db": "precious",
  };
  const root = createProject(t, files);
  const report = await searchIn(root);
  for (const candidate of [report.winner, ...report.alternatives]) {
    assert.doesNotMatch(candidate?.after ?? "", /if \((really|true|false|!!really)\)/);
  }
  assert.equal(readFileSync(join(root, "data/users.db"), "utf8"), "precious");
});

test("candidates are not judged by what earlier ones did to the files", async (t) => {
  const root = createProject(t, {
    "package.json": manifest("node --test test/a.test.js"),
    "index.js": `const fs = require("fs");
exports.load = (fresh) => {
  if (fresh) fs.rmSync("table.json");
  const table = JSON.parse(fs.readFileSync("table.json", "utf8"));
  return table.length - 1;
};
`,
    "table.json": "[1, 2, 3]",
    "test/a.test.js": `const { test } = require("node:test"); const assert = require("node:assert");
test("loads", () => assert.equal(require("..").load(false), 3));
`,
  });
  const report = await searchIn(root);
  assert.equal(report.engine, "in-process");
  assert.equal(report.winner?.line, 5);
});

test("a script that the test command names is a test", async (t) => {
  const files = {
    "package.json": manifest("node check.js"),
    "check.js": `const { clamp } = require("./index.js");
if (clamp(2, 1, 3) !== 2) throw new Error("inside");
if (clamp(5, 1, 3) !== 3) throw new Error("high");
`,
    "index.js": clampSource,
  };
  for (const command of ["npm test", "node ./check", "sh -c 'node check.js | cat; node check.js'"]) {
    const report = await searchIn(createProject(t, files), command, 6);
    assert.equal(report.status, "found", command);
    for (const candidate of [report.winner, ...report.alternatives])
      assert.equal(candidate?.file ?? "index.js", "index.js");
    assert.ok(report.suspicious.every((item) => item.file === "index.js"));
  }
});

const clampProject = {
  "package.json": manifest("node --test test/a.test.js"),
  "index.js": clampSource,
  "test/a.test.js": `const { test } = require("node:test"); const assert = require("node:assert");
const { clamp } = require("..");
test("low", () => assert.equal(clamp(0, 1, 3), 1));
test("inside", () => assert.equal(clamp(2, 1, 3), 2));
test("high", () => assert.equal(clamp(5, 1, 3), 3));
`,
};

test("pipes, odd names, closed folders and links that lead nowhere are passed over", async (t) => {
  const root = createProject(t, clampProject);
  execFileSync("mkfifo", [join(root, "pipe")]);
  mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff, 0xfe])]));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x67, 0xff])]), "x");
  symlinkSync("nowhere", join(root, "dangling.js"));
  symlinkSync(".", join(root, "self"));
  symlinkSync("loop-b", join(root, "loop-a"));
  symlinkSync("loop-a", join(root, "loop-b"));
  mkdirSync(join(root, "closed"));
  chmodSync(join(root, "closed"), 0o000);
  const report = await searchIn(root).finally(() => chmodSync(join(root, "closed"), 0o755));
  assert.deepEqual([report.status, report.engine, report.winner?.line], ["found", "in-process", 3]);
});

test("two searches in one folder do not disturb each other", async (t) => {
  const root = createProject(t, clampProject);
  const reports = await Promise.all([searchIn(root), searchIn(root)]);
  assert.deepEqual(
    reports.map((report) => [report.status, report.winner?.line]),
    [
      ["found", 3],
      ["found", 3],
    ],
  );
});
