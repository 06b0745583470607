import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerFaults } from "./answers.ts";
import { connectionFaults } from "./connection.ts";
import { runSequence, wires } from "./sequence.ts";

/* Every fault of the tables through the real program, on each wire that has it. */

const sequences = [...connectionFaults, ...answerFaults].flatMap((sequence) =>
  (sequence.wires ?? wires).map((wire) => ({ sequence, wire })),
);

describe(`${sequences.length} sequences of faults`, { concurrency: 4 }, () => {
  for (const { sequence, wire } of sequences) test(`${wire}: ${sequence.name}`, (t) => runSequence(t, sequence, wire));
});

test("the tables have at least 60", () => assert.ok(sequences.length >= 60, `${sequences.length}`));
