import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { FailureCode, LoggedEvent, ThreadEvent } from "@fettle/protocol";
import type { ScriptedAnswer, ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { type Finished, scratch } from "../support/fettle.ts";
import { itemsOf, livingProcesses, openScene, type Scene, storedLog, threadIdOf } from "../support/scripted-run.ts";

/* One sequence of faults: how it is run, and what must hold after any of them. */

const wires = ["responses", "chat", "anthropic", "gemini"] as const;
export type Wire = (typeof wires)[number];

export type Sequence = {
  readonly name: string;
  /** All four when absent. */
  readonly wires?: readonly Wire[];
  readonly steps: (wire: Wire) => readonly ScriptedAnswer[];
  /** Every line that people are told, in order; of a run that fails the last is why. */
  readonly lines: (wire: Wire) => readonly RegExp[];
  /** How it ends: in these words, or with this code. */
  readonly text?: string;
  readonly failure?: FailureCode;
  readonly requests: number;
  /** What the commands have written into `ran.log`, each a line. */
  readonly ran?: string;
  /** Keys of the provider, as TOML. */
  readonly provider?: string;
};

const wiresOf = (sequence: Sequence): readonly Wire[] => sequence.wires ?? wires;

/** Every sequence of the table on each of its wires, a few at a time. */
export const testSequences = (title: string, table: readonly Sequence[]): void => {
  const all = table.flatMap((sequence) => wiresOf(sequence).map((wire) => ({ sequence, wire })));
  describe(`${title}: ${all.length} sequences`, { concurrency: 4 }, () => {
    for (const { sequence, wire } of all) test(`${wire}: ${sequence.name}`, (t) => runSequence(t, sequence, wire));
  });
};

export const answer = "All is well.";
export const well: ScriptedStep = { text: ["All ", "is ", "well."] };
/** A command that is seen to have run. */
export const run = (word: string, id?: string): NonNullable<ScriptedStep["calls"]>[number] => ({
  name: "shell",
  arguments: { command: `echo ${word} >> ran.log` },
  ...(id === undefined ? {} : { id }),
});

/** The program is started some hundred times: what Node compiled of it is kept between. */
export const quicker = { env: { NODE_COMPILE_CACHE: scratch("compiled").path } };

/** Longer than any sequence may take, and what the provider's time-out is set to where it is not the subject. */
export const patienceMs = 45_000;

export const providerFlags = (baseUrl: string, wire: Wire, more = ""): string[] => {
  const keys = [`base_url="${baseUrl}"`, `wire_api="${wire}"`, more].filter((key) => key !== "");
  if (!more.includes("stream_idle_timeout_ms")) keys.push(`stream_idle_timeout_ms=${patienceMs}`);
  return ["-c", `model_providers.near={${keys.join(",")}}`, "-m", "near/scripted"];
};

/** The lines that a run told, and why it failed. */
export const toldIn = (events: readonly ThreadEvent[]): string[] => [
  ...itemsOf(events, "error").map(({ message }) => message),
  ...events.flatMap((event) => (event.type === "turn.failed" ? [event.error.message] : [])),
];

const occurrences = (text: string, words: string): number => text.split(words).length - 1;

/** Each call has one result, and no two calls have one id. */
const assertAnswered = (log: readonly LoggedEvent[]): void => {
  const calls = log.flatMap((event) =>
    event.type === "model.completed"
      ? event.output.flatMap((part) => (part.type === "call" ? [part.call_id] : []))
      : [],
  );
  const results = log.flatMap((event) => (event.type === "tool.completed" ? [event.call_id] : []));
  assert.deepEqual(results.toSorted(), calls.toSorted());
  assert.equal(new Set(calls).size, calls.length, `ids are told apart: ${calls.join()}`);
};

/** Processes that stay. The snapshot of a turn that ended at once may take a moment more. */
const lasting = async (home: string): Promise<string[]> => {
  const patience = performance.now() + 10_000;
  while (livingProcesses(home).length > 0 && performance.now() < patience)
    await new Promise((resolve) => setImmediate(resolve));
  return livingProcesses(home);
};

/** What must hold of any run, however it went. */
export const assertSound = async (scene: Scene, done: Finished): Promise<void> => {
  assert.equal(done.signal, null);
  assert.doesNotMatch(done.stderr, /^\s+at .+:\d+:\d+/m, "a stack trace");
  const told = toldIn(done.events());
  for (const line of told) assert.match(line, /^[^\n\r]+$/);
  assertAnswered(storedLog(scene.home));
  assert.deepEqual(await lasting(scene.home), []);
  const shown = await scene.fettle(["threads", "show", threadIdOf(done.events())], quicker);
  assert.deepEqual([shown.code, shown.stderr], [0, ""]);
  for (const { text } of itemsOf(done.events(), "agent_message"))
    assert.equal(occurrences(shown.stdout, text), 1, "what was said is shown once");
};

const assertEnd = (sequence: Sequence, done: Finished): void => {
  const events = done.events();
  const said = itemsOf(events, "agent_message").map(({ text }) => text);
  if (sequence.failure === undefined) {
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(said, [sequence.text ?? answer]);
    return;
  }
  const last = events.at(-1);
  assert.equal(done.code, 1);
  assert.equal(last?.type === "turn.failed" && last.error.code, sequence.failure);
};

/** Runs a sequence through the real program and looks at it from outside. */
const runSequence = async (t: TestContext, sequence: Sequence, wire: Wire): Promise<void> => {
  const scene = await openScene(t, { steps: sequence.steps(wire) });
  const flags = providerFlags(scene.server.baseUrl, wire, sequence.provider);
  const sandbox = sequence.ran === undefined ? ["-s", "read-only"] : [];
  const begun = performance.now();
  const done = await scene.exec([...flags, ...sandbox, "--json", "go"], quicker);
  assert.ok(performance.now() - begun < patienceMs, "it took longer than its time-out");

  const told = toldIn(done.events());
  const expected = sequence.lines(wire);
  for (const [index, line] of told.entries()) assert.match(line, expected[index] ?? /^no further line$/);
  assert.equal(told.length, expected.length, `told: ${told.join("\n")}`);
  assertEnd(sequence, done);
  assert.equal(scene.server.requests.length, sequence.requests);
  assert.equal(scene.server.remaining(), 0);
  if (sequence.ran !== undefined) assert.equal(readFileSync(join(scene.repository, "ran.log"), "utf8"), sequence.ran);
  await assertSound(scene, done);
  // Whatever ended the turn, the thread goes on; once for each sequence is enough.
  if (sequence.failure === undefined || wire !== wiresOf(sequence)[0]) return;
  scene.server.push(well);
  const resumed = await scene.exec([...flags, ...sandbox, "resume", "--last", "again"], quicker);
  assert.deepEqual([resumed.code, resumed.stdout], [0, `${answer}\n`], resumed.stderr);
};
