import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { judgeScript } from "../../src/rules/judge.ts";
import type { Decision } from "../../src/rules/types.ts";

/* Lines of package scripts, READMEs, build files and system scripts, as people wrote them. */
const lines = readFileSync(join(import.meta.dirname, "fixtures/real-commands.txt"), "utf8")
  .trim()
  .split("\n");

test("real commands are judged, and few of them are asked about", (t) => {
  const counts: Record<Decision, number> = { allow: 0, unmatched: 0, ask: 0, never: 0 };
  for (const line of lines) counts[judgeScript(line, []).decision] += 1;
  t.diagnostic(JSON.stringify(counts));
  assert.equal(lines.length, 1000);
  assert.equal(counts.never, 0);
  assert.ok(counts.ask <= 60, `${counts.ask} of 1000 are asked about`);
});

test("a real command that is asked about has a reason: it deletes, needs git's network, or is computed", () => {
  for (const line of lines) {
    const { decision, why } = judgeScript(line, []);
    if (decision !== "ask") continue;
    assert.match(line, /\b(?:rm|git|delete|remove|lvremove)\b|[$`]|\beval\b|\balias\b/, `${line}: ${why}`);
  }
});
