import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createReport } from "../../scripts/test/report.ts";
import { type FileResult, runFile } from "../../scripts/test/run-file.ts";

const run = (
  t: TestContext,
  source: string,
  options: { timeoutMs?: number; names?: string[] } = {},
): Promise<FileResult> => {
  const root = mkdtempSync(join(tmpdir(), "fettle-runner-"));
  t.after(() => rmSync(root, { recursive: true }));
  const file = join(root, "a.test.ts");
  writeFileSync(file, `import { describe, test } from "node:test";\n${source}`);
  const { timeoutMs = 60_000, names = [] } = options;
  return runFile({ root, file, names, timeoutMs, signal: new AbortController().signal });
};

/** A killed process may stay a zombie for as long as nobody collects it. */
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

const outcomes = (result: FileResult): string[] => result.records.map(({ outcome, name }) => `${outcome} ${name}`);

test("runner: tests are counted once each, suites and parents of failures are not", async (t) => {
  const result = await run(
    t,
    `describe("suite", () => {
      test("good", () => {});
      test("bad", () => { throw new Error("because"); });
      test("left out", { skip: "no engine here" }, () => {});
    });
    test("parent", async (t) => { await t.test("child", () => { throw new Error("x"); }); });`,
  );
  assert.deepEqual(outcomes(result), ["passed good", "failed bad", "skipped left out", "failed child"]);
  assert.match(result.records[1]?.text ?? "", /^Error: because/);
  assert.equal(result.records[2]?.text, "no engine here");
  assert.equal(result.file, "a.test.ts");
});

test("runner: only the tests that were named", async (t) => {
  const result = await run(t, `test("one", () => {});\ntest("two", () => {});`, { names: ["two"] });
  assert.deepEqual(outcomes(result), ["passed two"]);
});

test("runner: a file that cannot be loaded, dies, or has no tests is a failure", async (t) => {
  const [broken, dead, empty] = await Promise.all([
    run(t, `throw new Error("broken import");`),
    run(t, `test("dies", () => { process.exit(3); });`),
    run(t, `console.log("nothing");`),
  ]);
  assert.match(broken.records.at(-1)?.text ?? "", /broken import/);
  assert.match(dead.records.at(-1)?.text ?? "", /^exit code 3/);
  assert.equal(empty.records.at(-1)?.text, "it has no tests");
  for (const result of [broken, dead, empty]) assert.equal(result.records.at(-1)?.outcome, "failed");
});

test("runner: a file that does not end is ended with all it started, and what it finished is kept", async (t) => {
  const result = await run(
    t,
    `import { spawn } from "node:child_process";
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    console.log("started", child.pid);
    test("good", () => {});`,
    { timeoutMs: 3_000 },
  );
  assert.equal(result.records.at(-1)?.outcome, "failed");
  assert.match(result.records.at(-1)?.text ?? "", /^not finished after 3 s/);
  const pid = Number(/started (\d+)/.exec(result.output)?.[1]);
  assert.ok(pid > 0, result.output);
  assert.equal(isRunning(pid), false);
});

test("report: failures and skips are listed with their reasons, totals close it", () => {
  let printed = "";
  const report = createReport((text) => {
    printed += text;
  });
  const record = { name: "n", line: 4, durationMs: 1 };
  report.add({
    file: "a.test.ts",
    output: "",
    durationMs: 10,
    records: [
      { ...record, outcome: "passed", text: "" },
      { ...record, outcome: "failed", text: "Error: no" },
      { ...record, outcome: "skipped", text: "no engine here" },
    ],
  });
  assert.equal(report.finish(), false);
  assert.match(printed, /✖ a\.test\.ts \(1 passed, 1 FAILED, 1 skipped, 0\.0 s\)/);
  assert.match(printed, /✖ a\.test\.ts:4 › n\n {4}Error: no\n/);
  assert.match(printed, /﹣ a\.test\.ts › n \(skipped: no engine here\)\n/);
  assert.match(printed, /ℹ tests 3\nℹ pass 1\nℹ fail 1\nℹ skipped 1\n/);
  assert.match(printed, /\n1 passed, 1 failed, 1 skipped\n$/);
});

test("report: nothing that ran is not a success", () => {
  const report = createReport(() => {});
  assert.equal(report.finish(), false);
});
