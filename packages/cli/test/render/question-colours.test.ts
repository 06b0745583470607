import assert from "node:assert/strict";
import { test } from "node:test";
import type { Question } from "@fettle/agent";
import { questionLines } from "../../src/render/approval.ts";
import { coloursWhen } from "../../src/render/colours.ts";

/* What is coloured to be noticed is so on every row that it takes. */

const question: Question = {
  id: "q1",
  type: "approval",
  status: "in_progress",
  choices: ["once", "no"],
  subject: { kind: "command", command: "ls", cwd: `/${"deep/".repeat(30)}`, run: "host" },
  why: "it would run with your rights, which a rule of yours asks about, and this goes on for more than one row",
};

test("a long warning is red on each of its rows, and a long reason dim", () => {
  const rows = questionLines(question, coloursWhen(true), 60).split("\n");
  const command = rows.findIndex((row) => row.includes("│ ls"));
  const whole = (colour: number, end: number) => new RegExp(`^\\u001b\\[${colour}m[^\\u001b]+\\u001b\\[${end}m$`);
  assert.ok(command > 1 && rows.length > command + 2);
  for (const row of rows.slice(0, command)) assert.match(row, whole(31, 39));
  for (const row of rows.slice(command + 1)) assert.match(row, whole(2, 22));
});
