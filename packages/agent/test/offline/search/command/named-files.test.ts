import assert from "node:assert/strict";
import { relative } from "node:path";
import { test } from "node:test";
import { resolveTestCommand } from "../../../../src/offline/search/command/resolve.ts";
import { createProject } from "../project.ts";

const script = (test: string) =>
  JSON.stringify({ scripts: { test, "test:unit": "node unit.js", lint: "eslint index.js" } });
const table: [command: string, scripts: string, named: string[]][] = [
  ["npm test", "node check.js", ["check.js"]],
  ["npm test", "node check", ["check.js"]],
  ["npm test", "npm run lint && nyc node -r ./setup.js check.js", ["check.js", "setup.js"]],
  ["npm test", "npm run test:unit && node --require=./setup.js check.js", ["check.js", "setup.js", "unit.js"]],
  ["npm test", "tape spec/*.js | tap-min", ["spec/a.js", "spec/b.js"]],
  ["npm test", "esbuild index.js --bundle && node check.js", ["check.js"]],
  ["npm test", "mocha spec", []],
  ["sh -c 'node check.js | cat'", "", ["check.js"]],
  ["./check.js", "", ["check.js"]],
  ["make verify", "", ["check.js"]],
];

for (const [command, scripts, named] of table) {
  test(`${command} (${scripts}) names ${named.join(", ") || "no file"}`, (t) => {
    const root = createProject(t, {
      "package.json": script(scripts),
      Makefile: "prog: index.js\n\tnode unit.js\n\nverify: prog\n\t@node check.js\n\tcc index.js\n",
      ...Object.fromEntries(
        ["index.js", "check.js", "setup.js", "unit.js", "spec/a.js", "spec/b.js"].map((f) => [f, ""]),
      ),
    });
    const found = resolveTestCommand(root, command).named.map((file) => relative(root, file));
    assert.deepEqual(found.sort(), named);
  });
}
