import assert from "node:assert/strict";
import { test } from "node:test";
import { findReport } from "../../../src/models/offline/search-report.ts";

const report = {
  fettle_search: 1 as const,
  status: "not_found" as const,
  test: { command: "npm test", failing: [{ message: "1 !== 2" }], runner: "tape" as const },
  tried: 3,
  total: 9,
  elapsedMs: 20,
  engine: "in-process" as const,
  alternatives: [],
  suspicious: [],
};
const line = JSON.stringify(report);

test("finds the last line that is a whole report", () => {
  assert.deepEqual(findReport(`tried 3\n${line}\n`), report);
  assert.deepEqual(findReport(`${line}\n${line.slice(0, 40)}`), report);
  assert.equal(findReport(`tried 3\n${line.slice(0, -1)}`), null);
  assert.equal(findReport(line.replace("not_found", "perhaps")), null);
  assert.equal(findReport(""), null);
});
