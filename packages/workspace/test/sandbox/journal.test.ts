import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openJournal, sweepJournals } from "../../src/sandbox/journal.ts";
import { sweepManyTimes } from "./sweep-many-times.ts";

test("two processes that sweep at once do not forget what has to stay while a third one's commands write", async (t) => {
  const top = mkdtempSync(join(tmpdir(), "journal-test-"));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const [root, stateDir] = [join(top, "project"), join(top, "state")];
  mkdirSync(root);
  const journal = openJournal(stateDir);
  const writing = { root, startedMs: 0, before: [], made: [], closed: [] };
  journal.record({ privateFolder: null, placeholders: [], writings: [writing] });
  const placeholder = { path: join(root, ".claude"), content: null };
  mkdirSync(placeholder.path);
  const left = { pid: 1, startTicks: "", privateFolder: null, placeholders: [placeholder], writings: [] };
  writeFileSync(join(stateDir, "sandbox", "1-1.json"), JSON.stringify(left));

  const other = spawn(process.execPath, [join(import.meta.dirname, "sweep-many-times.ts"), stateDir], {
    stdio: "inherit",
  });
  await once(other, "spawn");
  sweepManyTimes(stateDir);
  assert.deepEqual(await once(other, "exit"), [0, null]);
  assert.deepEqual(JSON.parse(readFileSync(join(stateDir, "sandbox", "1-1.json"), "utf8")), left);

  journal.close([], []);
  sweepJournals(stateDir);
  assert.deepEqual([...readdirSync(root), ...readdirSync(join(stateDir, "sandbox"))], []);
});
