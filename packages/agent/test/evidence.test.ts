import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandExecutionItem, ThreadEvent } from "@fettle/protocol";
import { loadShellAnalysis } from "@fettle/workspace";
import { isCheckCommand, judgeEvidence } from "../src/evidence.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const shell = await loadShellAnalysis();
let serial = 0;
const snapshot = (tree: string, after?: string): ThreadEvent => ({
  type: "snapshot",
  tree,
  ...(after === undefined ? {} : { after_item: after }),
});
/** A finished command, with the snapshot after it. */
const ran = (
  command: string,
  exit: number,
  after: string,
  extra: Partial<CommandExecutionItem> = {},
): ThreadEvent[] => {
  const item: CommandExecutionItem = {
    id: `item_${serial++}`,
    type: "command_execution",
    command,
    aggregated_output: "",
    status: "in_progress",
    sandbox: "workspace-write",
    ...extra,
  };
  return [
    { type: "item.started", item },
    { type: "item.completed", item: { ...item, status: exit === 0 ? "completed" : "failed", exit_code: exit } },
    snapshot(after, item.id),
  ];
};
const patched = (after: string): ThreadEvent[] => {
  const id = `item_${serial++}`;
  return [
    { type: "item.completed", item: { id, type: "file_change", changes: [], status: "completed" } },
    snapshot(after, id),
  ];
};
const standings = async (events: ThreadEvent[]) =>
  (await judgeEvidence(events, async () => shell)).checks.map(({ command, standing }) => `${command}: ${standing}`);

const table: [string, ThreadEvent[], string[]][] = [
  ["seen on the final tree", [snapshot(A), ...patched(B), ...ran("npm test", 0, B)], ["npm test: passed"]],
  ["failed on the final tree", [snapshot(A), ...ran("npm test", 1, A)], ["npm test: failed"]],
  ["changed afterwards", [snapshot(A), ...ran("npm test", 0, A), ...patched(B)], ["npm test: stale"]],
  ["changed files itself", [snapshot(A), ...ran("npm test", 0, B)], ["npm test: unproven"]],
  [
    "the latest run counts",
    [snapshot(A), ...ran("npm test", 1, A), ...patched(B), ...ran("npm test", 0, B)],
    ["npm test: passed"],
  ],
  [
    "changed and changed back",
    [snapshot(A), ...ran("npm test", 0, A), ...patched(B), ...patched(A)],
    ["npm test: passed"],
  ],
  ["its failure is hidden by a pipe", [snapshot(A), ...ran("npm test | tail -5", 0, A)], []],
  ["its failure is hidden by ||", [snapshot(A), ...ran("npm test || true", 0, A)], []],
  [
    "all of an and-list passed",
    [snapshot(A), ...ran("npm run lint && npm test", 0, A)],
    ["npm run lint: passed", "npm test: passed"],
  ],
  [
    "no snapshot after a write",
    [snapshot(A), ...ran("npm test", 0, A), ...patched(B).slice(0, 1)],
    ["npm test: unproven"],
  ],
  ["not a check", [snapshot(A), ...ran("ls", 0, A)], []],
  ["interrupted", [snapshot(A), ...ran("npm test", 130, A, { error: "interrupted" })], []],
  [
    "after a command that only reads, in full access",
    [
      snapshot(A),
      ...ran("cat x", 0, A, { sandbox: "danger-full-access", read_only: true }).slice(0, 2),
      ...ran("npm test", 0, A),
    ],
    ["npm test: passed"],
  ],
  ["asked for by the user", [snapshot(A), ...ran("./prove", 0, A, { origin: "check" })], ["./prove: passed"]],
];
for (const [name, events, expected] of table)
  test(`evidence: ${name}`, async () => {
    assert.deepEqual(await standings(events), expected);
  });

test("knows the commands that prove something", () => {
  const yes = [
    "npm test",
    "npm t",
    "npm run test:unit",
    "npm run lint",
    "npx vitest run",
    "node --test",
    "node --import x --test a.js",
    "pytest -q",
    "python3 -m pytest",
    "go test ./...",
    "cargo test",
    "make check",
    "yarn test",
    "./node_modules/.bin/tsc -p .",
    "tsc --noEmit",
    "node test.js",
    "node test/index.js",
  ];
  const no = [
    "node --disable-warning=X /home/u/tests/fettle/lib/offline-search.mjs {}",
    "npm install",
    "ls test",
    "cat package.json",
    "npm run start",
    "tsc --version",
    "echo npm test",
    "vitest --watch",
    "git commit -m test",
    "node server.js",
    "/opt/node /opt/search/main.ts --root . --test 'npm test'",
  ];
  assert.deepEqual(
    yes.filter((command) => !isCheckCommand(command)),
    [],
  );
  assert.deepEqual(no.filter(isCheckCommand), []);
});
