import assert from "node:assert/strict";
import { relative } from "node:path";
import { test } from "node:test";
import { resolveTestCommand } from "../../../../src/offline/search/command/resolve.ts";
import { parseCommand, splitScript } from "../../../../src/offline/search/command/shell-words.ts";
import { createProject } from "../project.ts";

const cases: readonly {
  name: string;
  scripts: Record<string, string>;
  files: Record<string, string>;
  runner: string;
  tests: string[];
  dropped: string[];
}[] = [
  {
    name: "mocha's default place",
    scripts: { test: "mocha" },
    files: { "test/a.js": "", "test/fixtures/b.js": "" },
    runner: "mocha",
    tests: ["test/a.js"],
    dropped: [],
  },
  {
    name: "a linter before ava",
    scripts: { test: "xo && ava" },
    files: { "test.js": "" },
    runner: "ava",
    tests: ["test.js"],
    dropped: ["xo"],
  },
  {
    name: "coverage around tape, by another script",
    scripts: { pretest: "npm run lint", test: "npm run tests-only", "tests-only": "nyc tape 'test/**/*.js'" },
    files: { "test/x/a.js": "" },
    runner: "tape",
    tests: ["test/x/a.js"],
    dropped: ["npm run lint"],
  },
  {
    name: "a script that uses tape",
    scripts: { test: "node test" },
    files: { "test/index.js": "require('tape')" },
    runner: "tape",
    tests: ["test/index.js"],
    dropped: [],
  },
  {
    name: "node's own runner",
    scripts: { test: "node --test test/a.test.js" },
    files: { "test/a.test.js": "" },
    runner: "node:test",
    tests: ["test/a.test.js"],
    dropped: [],
  },
  {
    name: "a plain script",
    scripts: { test: "standard && node test.js" },
    files: { "test.js": "" },
    runner: "script",
    tests: ["test.js"],
    dropped: ["standard"],
  },
  { name: "something else", scripts: { test: "make check" }, files: {}, runner: "command", tests: [], dropped: [] },
];

for (const { name, scripts, files, runner, tests, dropped } of cases) {
  test(`resolves ${name}`, (t) => {
    const root = createProject(t, { "package.json": JSON.stringify({ scripts }), ...files });
    const resolved = resolveTestCommand(root, "npm test");
    assert.deepEqual(
      {
        runner: resolved.runner,
        tests: resolved.files.map((file) => relative(root, file)),
        dropped: [...resolved.dropped],
      },
      { runner, tests, dropped },
    );
  });
}

test("a command that is not npm's is taken as it is", (t) => {
  const root = createProject(t, {});
  assert.deepEqual(resolveTestCommand(root, "pytest -q").runner, "command");
});

const missing: readonly [string, string | undefined][] = [
  ["npm run absent", "absent"],
  ["npm -s run absent extra -- --grep x", "absent"],
  ["npm run chain", "gone"],
  ["npm run absent && npm run gone", "absent"],
  ["npm test", undefined],
  ["npm run empty", undefined],
  ["npm run test && npm run absent", undefined],
  ["cd sub && npm run absent", undefined],
  ["npm run absent -w packages/a", undefined],
  ["npm run absent --if-present", undefined],
  ["npm_config_prefix=sub npm run absent", undefined],
  ["npm run $NAME", undefined],
  ["npm run env", undefined],
  ["npm run", undefined],
  ["yarn run absent", undefined],
  ["node absent.js", undefined],
];

test("a script that is not there is known without npm, where nothing else can be meant", (t) => {
  const scripts = { test: "node --test", empty: "", chain: "npm run gone" };
  const root = createProject(t, { "package.json": JSON.stringify({ scripts }) });
  for (const [command, name] of missing) assert.equal(resolveTestCommand(root, command).missing, name, command);
  assert.equal(resolveTestCommand(root, "npm run toString").missing, "toString");
  for (const text of [undefined, "{", "\ufeff{}"]) {
    const unread = createProject(t, text === undefined ? {} : { "package.json": text });
    assert.equal(resolveTestCommand(unread, "npm test").missing, undefined, text);
  }
});

test("scripts are split outside quotes only", () => {
  assert.deepEqual(splitScript("a 'x && y' && b; c"), ["a 'x && y'", "b", "c"]);
});

test("commands are unquoted; what needs a shell is not guessed", () => {
  assert.deepEqual(parseCommand(`A=1 mocha "a b" 'c'd`), {
    words: ["mocha", "a b", "cd"],
    env: { A: "1" },
    text: `A=1 mocha "a b" 'c'd`,
  });
  assert.equal(parseCommand("tape test.js | tap-spec"), undefined);
  assert.equal(parseCommand("node $(which mocha)"), undefined);
});
