import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { betweenCompactions, compactionsOf, createLedger, totalsOf } from "../cache/ledger.ts";
import { type SmallModel, startSmallModel } from "../cache/model.ts";
import { finalWords } from "../model/scenarios.ts";

const words = "Do what the script says.";

/** Lets the smallest agent there is work with the model; resolves with what it printed. */
const runFloor = (model: SmallModel): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...process.env, FLOOR_URL: `${model.url}/v1` };
    execFile(process.execPath, [join(import.meta.dirname, "../floor.mjs"), words], { env }, (_, stdout) =>
      resolve(stdout),
    );
  });

test("ledger: what earlier requests began with is cached, in bytes, and a compaction is what follows a question", () => {
  const ledger = createLedger();
  ledger.add("work", "tools|user", true);
  ledger.add("work", "tools|user|é", true);
  ledger.add("refused", "tools|user|é|long", true);
  ledger.add("summary", "tools|user|é|lo?", true);
  ledger.add("work", "tools|notes", false);
  ledger.add("work", "tools|notes|more", false);
  ledger.add("work", "tools|other", false);
  assert.deepEqual(
    ledger.lines.map(({ bytes, cached }) => [bytes, cached]),
    [
      [10, 0],
      [13, 10],
      [18, 13],
      // The refused request left nothing behind.
      [17, 13],
      [11, 6],
      [16, 11],
      [11, 6],
    ],
  );
  assert.deepEqual(compactionsOf(ledger.lines), [
    { questions: 1, questionBytes: 17, questionCached: 13, nextBytes: 11, resent: 5, hasWords: false },
  ]);
  // Not the one after the compaction, which need not extend anything; the last should have and did not.
  assert.deepEqual(betweenCompactions(ledger.lines), { requests: 3, extensions: 2, least: 6 / 16 });
  assert.deepEqual(totalsOf(ledger.lines), { bytes: 78, uncached: 78 - 46 });
});

test("small model: gives every step once, sees each result, and notes that requests extend each other", async (t) => {
  const model = await startSmallModel(5, 32_000, words);
  t.after(model.close);
  assert.match(await runFloor(model), new RegExp(finalWords));
  assert.deepEqual(model.failures(), []);
  assert.deepEqual(betweenCompactions(model.ledger.lines), { requests: 5, extensions: 5, least: 1 });
  assert.ok(model.ledger.lines.every(({ kind, hasWords }) => kind === "work" && hasWords));
});

test("small model: refuses what is longer than its window, and says what was not done", async (t) => {
  const model = await startSmallModel(5, 1000, words);
  t.after(model.close);
  assert.doesNotMatch(await runFloor(model), new RegExp(finalWords));
  assert.equal(model.ledger.lines.at(-1)?.kind, "refused");
  assert.match(model.failures().join(), /^it stopped after [1-5] of 5 steps$/);
});
