import assert from "node:assert/strict";
import { test } from "node:test";
import { impliedCommands } from "../../src/shell/implied-commands.ts";

const cases: [script: string, onSuccess: string[], onFailure: string | null][] = [
  ["npm test", ["npm test"], "npm test"],
  ["npm   test 2>&1", ["npm test"], "npm test"],
  ["CI=1 npm test", ["CI=1 npm test"], "CI=1 npm test"],
  ["npm run lint && npm test", ["npm run lint", "npm test"], null],
  ["cd sub && npm test", ["cd sub", "npm test"], "npm test"],
  ["npm run lint; npm test", ["npm test"], "npm test"],
  ["npm run lint\nnpm test\n", ["npm test"], "npm test"],
  ["npm test | tail -5", ["tail -5"], "tail -5"],
  ["cat x | npm test", ["npm test"], "npm test"],
  ["(npm test)", ["npm test"], "npm test"],
  ["{ npm run a && npm test; } 2>&1", ["npm run a", "npm test"], null],
  ["npm test || true", [], null],
  ["a || b && npm test", ["npm test"], null],
  ["a && b || c", [], null],
  ["! npm test", [], null],
  ["npm test &", [], null],
  ["ls & npm test", ["npm test"], "npm test"],
  ["if npm test; then echo ok; fi", [], null],
  ["npm test && exit 0", [], null],
  ["cd x || exit 0; npm test", [], null],
  ["true && exit 0 && npm test", [], null],
  ["cd elsewhere; npm test", [], null],
  ["PATH=/fake; npm test", [], null],
  ["npm() { :; }; npm test", [], null],
  ["trap 'exit 0' EXIT; npm test", [], null],
  ["set +e; npm test", [], null],
  ["$X; npm test", [], null],
  ["eval 'exit 0'; npm test", [], null],
  ["echo $(exit 0); npm test", [], null],
  ["npm test 'unterminated", [], null],
  ["", [], null],
];

for (const [script, onSuccess, onFailure] of cases) {
  test(JSON.stringify(script), () => assert.deepEqual(impliedCommands(script), { onSuccess, onFailure }));
}
