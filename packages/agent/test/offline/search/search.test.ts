import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clampSource, createProject } from "./project.ts";
import { search } from "./run-search.ts";

function contents(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => [
      join(entry.parentPath, entry.name),
      readFileSync(join(entry.parentPath, entry.name), "utf8"),
    ]),
  );
}

const manifest = (command: string) => JSON.stringify({ scripts: { test: command } });
const clampTest = `const { test } = require("node:test"); const assert = require("node:assert"); const { clamp } = require("..");
test("low", () => assert.equal(clamp(0, 1, 3), 1));
test("inside", () => assert.equal(clamp(2, 1, 3), 2));
test("high", () => assert.equal(clamp(5, 1, 3), 3));
test("edge", () => assert.equal(clamp(3, 1, 3), 3));
`;
const nodeProject = {
  "package.json": manifest("node --test test/a.test.js"),
  "index.js": clampSource,
  "test/a.test.js": clampTest,
};

test("finds a flipped comparison in one process, and leaves the tree as it was", async (t) => {
  const root = createProject(t, nodeProject);
  const before = contents(root);
  const { report, progress } = await search(root, ["--test", "npm test", "--seconds", "20"]);
  assert.equal(report.status, "found");
  assert.equal(report.engine, "in-process");
  assert.equal(report.test.runner, "node:test");
  assert.deepEqual(
    report.test.failing.map((item) => item.name),
    ["inside", "high"],
  );
  assert.equal(report.winner?.file, "index.js");
  assert.equal(report.winner?.line, 3);
  assert.match(report.winner?.after ?? "", /^if \(n >=? hi\) return hi;$/);
  assert.match(report.winner?.patch ?? "", /^\*\*\* Begin Patch\n\*\*\* Update File: index\.js\n@@\n/);
  assert.match(progress, /candidates in 1 file/);
  assert.deepEqual(contents(root), before);
});

test("the same seed proposes the same again", async (t) => {
  const root = createProject(t, nodeProject);
  const run = async () => (await search(root, ["--test", "npm test", "--seconds", "20", "--seed", "5"])).report.winner;
  const first = await run();
  assert.ok(first !== undefined);
  assert.deepEqual(await run(), first);
});

test("mends what is not JavaScript by its text, with any command", async (t) => {
  const files = {
    "limit.sh": 'clamp() { if [ "$1" -gt 3 ]; then echo 3 || true; else echo "$1" && false; fi; }\n',
    "check.sh":
      '. ./limit.sh\n[ "$(clamp 5)" = 3 ] || exit 1\nclamp 2 >out.txt || { echo "limit.sh is wrong"; exit 1; }\n',
  };
  const { report } = await search(createProject(t, files), [
    "--test",
    "sh check.sh",
    "--seconds",
    "20",
    "--file",
    "limit.sh",
  ]);
  assert.equal(report.status, "found");
  assert.equal(report.engine, "process");
  assert.equal(report.test.runner, "command");
  assert.equal(report.winner?.file, "limit.sh");
});

test("says when nothing fails", async (t) => {
  const root = createProject(t, { ...nodeProject, "index.js": clampSource.replace("n < hi", "n > hi") });
  const { report } = await search(root, ["--test", "npm test"]);
  assert.deepEqual([report.status, report.tried], ["no_failure", 0]);
});

test("says when only the linter fails", async (t) => {
  const files = { "package.json": manifest("eslint . && node test.js"), "test.js": "" };
  const { report } = await search(createProject(t, files), ["--test", "npm test"]);
  assert.equal(report.status, "unsupported");
  assert.match(report.reason ?? "", /eslint/);
});

for (const [name, command, reason] of [
  ["a program that is not there", "no-such-program-anywhere", /cannot be run/],
  ["a missing script", "npm run nothing-here", /no test command/],
  ["a command that hangs", "tail -f /dev/null", /did not end within 5 s/],
] as const) {
  test(`says what is wrong with ${name}`, async (t) => {
    const { report } = await search(createProject(t, { "package.json": "{}" }), ["--test", command, "--seconds", "2"]);
    assert.equal(report.status, "error");
    assert.match(report.reason ?? "", reason);
  });
}

test("sees that a script of several is missing, however silent npm was told to be", async (t) => {
  const root = createProject(t, { "package.json": manifest("node -p 1 && npm run nothing-here") });
  const silent = { npm_config_loglevel: "silent" };
  const { report } = await search(root, ["--test", "npm test", "--seconds", "60"], silent);
  assert.equal(report.status, "error");
  assert.match(report.reason ?? "", /no test command: .*missing script: "?nothing-here/i);
});

test("reports what it has when it is told to end", async (t) => {
  const files = {
    ...nodeProject,
    "test/a.test.js": `${clampTest}test("never", () => assert.equal(clamp(2, 1, 3), 4));`,
  };
  const { report } = await search(
    createProject(t, files),
    ["--test", "npm test", "--seconds", "600"],
    {},
    (line, kill) => {
      if (line.includes("candidates in")) kill();
    },
  );
  assert.deepEqual([report.status, report.reason], ["not_found", "interrupted"]);
  assert.ok(report.total > 0);
});

test("never proposes to change a test", async (t) => {
  const files = {
    ...nodeProject,
    "index.js": "exports.clamp = require('./test/fixture.js').clamp;\n",
    "test/fixture.js": clampSource,
  };
  const { report } = await search(createProject(t, files), ["--test", "npm test", "--seconds", "5"]);
  assert.ok(report.winner === undefined || report.winner.file === "index.js");
  assert.ok(report.suspicious.every((item) => item.file === "index.js"));
});
