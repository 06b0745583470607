import assert from "node:assert/strict";
import { test } from "node:test";
import {
  commandInInstructions,
  isTestFile,
  readPackageManifest,
  testCommands,
} from "../../../src/models/offline/test-command.ts";

const commandsFor = (texts: Record<string, string>, files: string[] = []): string[] =>
  testCommands({ files: [...Object.keys(texts), ...files], texts: new Map(Object.entries(texts)) }).map(
    ({ command }) => command,
  );
const npm = (scripts: Record<string, string>): string => JSON.stringify({ scripts });

test("finds the command that runs the tests", () => {
  const table: [string[], string[]][] = [
    [commandsFor({ "package.json": npm({ test: "mocha" }) }), ["npm test"]],
    [commandsFor({ "package.json": npm({ test: "mocha" }) }, ["pnpm-lock.yaml"]), ["pnpm test", "npm test"]],
    [commandsFor({ "package.json": npm({ test: "mocha" }) }, ["yarn.lock"]), ["yarn test", "npm test"]],
    [
      commandsFor({ "package.json": npm({ test: 'echo "Error: no test specified" && exit 1' }) }, ["a.test.js"]),
      ["node --test"],
    ],
    [commandsFor({ "package.json": npm({ unit: "tape t.js" }) }), ["npm run unit"]],
    [commandsFor({}, ["test/a.js"]), ["node --test"]],
    [commandsFor({}, ["go.mod", "main.go"]), ["go test ./..."]],
    [commandsFor({}, ["Cargo.toml"]), ["cargo test"]],
    [commandsFor({}, ["pkg/test_a.py"]), ["python3 -m pytest -q", "python3 -m unittest discover"]],
    [commandsFor({ Makefile: "all: x\n\ntest: all\n\t./run\n" }), ["make test"]],
    [commandsFor({ Makefile: "check:\n\t./run\n" }), ["make check"]],
    [commandsFor({ Makefile: "all:\n" }), []],
    [commandsFor({ "package.json": npm({ test: "x" }), Makefile: "test:\n" }), ["npm test", "make test"]],
    [commandsFor({}, ["README.md"]), []],
  ];
  for (const [found, expected] of table) assert.deepEqual(found, expected);
});

test("reads the test script of a package.json that was cut", () => {
  assert.deepEqual(readPackageManifest('{"name": "x", "scripts": {"test": "tap \\"a b\\"", "li'), {
    scripts: { test: 'tap "a b"' },
  });
  assert.equal(readPackageManifest("{"), null);
});

test("takes a test command from instructions, nothing else", () => {
  assert.equal(
    commandInInstructions("Run `npm run lint` and then `npm run test:unit` before a commit."),
    "npm run test:unit",
  );
  assert.equal(commandInInstructions("```sh\n$ npm install\n$ make check  # all\n```"), "make check");
  assert.equal(commandInInstructions("Never run `rm -rf test`. `npm run test:watch` is for people."), null);
});

test("knows test files by their names", () => {
  for (const path of ["test/a.js", "a.test.ts", "x/__tests__/b.js", "test_a.py", "a_test.go", "test.js"])
    assert.ok(isTestFile(path), path);
  for (const path of ["src/a.js", "contest/a.js", "latest.js", "src/testing.ts"]) assert.ok(!isTestFile(path), path);
});
