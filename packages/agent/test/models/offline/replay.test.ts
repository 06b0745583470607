import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandOutcome } from "../../../src/models/offline/command-outcome.ts";
import { type Procedure, replay, type Step } from "../../../src/models/offline/replay.ts";
import { quick, runCommands } from "../../../src/models/offline/run-command.ts";
import type { RecordedStep } from "../../../src/models/offline/turns.ts";

const shell = (args: Record<string, unknown>) => ({ name: "shell", args });
const recorded = (args: readonly Record<string, unknown>[], results: readonly string[]): RecordedStep => ({
  calls: args.map((given) => ({ name: "shell", args: JSON.stringify(given) })),
  results,
});

function* twoSteps(second: string): Procedure<string> {
  const [a] = yield { say: "one", calls: [shell({ command: "a" })] };
  const [b] = yield { say: "two", calls: [shell({ command: second })] };
  return `${a} ${b}`;
}

test("goes on at the first step without a record", () => {
  const a = recorded([{ command: "a" }], ["A"]);
  const b = recorded([{ command: "b" }], ["B"]);
  const c = recorded([{ command: "c" }], ["C"]);
  const pending = (step: Step) => ({ done: false, step });
  const second = pending({ say: "two", calls: [shell({ command: "c" })] });
  assert.deepEqual(replay(twoSteps("b"), []), pending({ say: "one", calls: [shell({ command: "a" })] }));
  assert.deepEqual(replay(twoSteps("b"), [a, b]), { done: true, value: "A B" });
  // The user changed the course after b: b is passed over, c is new and then found.
  assert.deepEqual(replay(twoSteps("c"), [a, b]), second);
  assert.deepEqual(replay(twoSteps("c"), [a, b, c]), { done: true, value: "A C" });
});

const draft = { command: "long", waitMs: 100, polls: 2 };
const start = { command: "long", yield_ms: 100 };
const poll = { session: 3, yield_ms: 100 };
const cut = { session: 3, input: "\u0003", yield_ms: 5000 };

type End = Pick<CommandOutcome, "state" | "code" | "output"> | Record<string, unknown>;
const follow = (steps: readonly RecordedStep[]): End => {
  const end = replay(runCommands("", [draft]), steps);
  if (!end.done) return end.step.calls[0]?.args ?? {};
  const [outcome] = end.value;
  return outcome === undefined ? {} : { state: outcome.state, code: outcome.code, output: outcome.output };
};

test("follows a command that goes on, and joins what it printed", () => {
  const running = recorded([start], ["running · session 3 · 0.10 s\none\n"]);
  const still = recorded([poll], ["running · session 3 · 0.20 s\ntwo\n"]);
  const over = recorded([poll], ["exit 1 · 0.30 s\nthree\n"]);
  assert.deepEqual(follow([]), start);
  assert.deepEqual(follow([running]), poll);
  assert.deepEqual(follow([running, still]), poll);
  assert.deepEqual(follow([running, still, over]), { state: "exited", code: 1, output: "one\ntwo\nthree\n" });
});

test("ends a command that takes too long", () => {
  const running = recorded([start], ["running · session 3 · 0.10 s\n"]);
  const still = recorded([poll], ["running · session 3 · 0.20 s\n"]);
  const killed = recorded([cut], ["signal SIGINT · 0.40 s\nlast\n"]);
  assert.deepEqual(follow([running, still, still]), cut);
  assert.deepEqual(follow([running, still, still, killed]), {
    state: "killed",
    code: null,
    output: "last\n\n(signal SIGINT)",
  });
});

test("runs a command again whose result was lost, once", () => {
  const lost = recorded([start], ["fettle was stopped before this finished; it may have run in part."]);
  const done = recorded([start], ["exit 0 · 0.10 s\nok\n"]);
  assert.deepEqual(follow([lost]), start);
  assert.deepEqual(follow([lost, done]), { state: "exited", code: 0, output: "ok\n" });
  const running = recorded([start], ["running · session 3 · 0.10 s\n"]);
  const gone = recorded([poll], ["there is no running session 3; running sessions: none"]);
  assert.deepEqual(follow([running, gone]), start);
  assert.equal(follow([lost, lost]).state, "lost");
});

test("a command that was not started is said to be refused", () => {
  const [outcome] = (() => {
    const end = replay(runCommands("", [quick("x")]), [
      recorded([{ command: "x", yield_ms: 30_000 }], ["not started: no sandbox"]),
    ]);
    return end.done ? end.value : [];
  })();
  assert.equal(outcome?.state, "refused");
});
