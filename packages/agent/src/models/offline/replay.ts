import type { RecordedStep } from "./turns.ts";

/*
 * The engine's procedures are generators: each `yield` is one answer with tool calls, and what comes back are the
 * results. Nothing of them is kept between calls of the model. Each call replays them over the recorded steps, and
 * the first step without a record is the next answer; so the next step is a pure function of the conversation, and a
 * killed process goes on where it was.
 */

export type CallDraft = { readonly name: string; readonly args: Readonly<Record<string, unknown>> };

/** One answer that calls tools. */
export type Step = { readonly say: string; readonly calls: readonly CallDraft[] };

/** A procedure that ends in a `T`. It is given the results' texts in the order of the calls. */
export type Procedure<T> = Generator<Step, T, readonly string[]>;

type Replayed<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly step: Step };

const isRecordOf = (recorded: RecordedStep, step: Step): boolean =>
  recorded.calls.length === step.calls.length &&
  step.calls.every((call, index) => {
    const made = recorded.calls[index];
    return made !== undefined && made.name === call.name && made.args === JSON.stringify(call.args);
  });

/**
 * Runs a procedure as far as the records go. A recorded step that it would not take now (words of the user changed
 * its course, or an older version took it) is passed over.
 */
export const replay = <T>(procedure: Procedure<T>, steps: readonly RecordedStep[]): Replayed<T> => {
  let cursor = 0;
  let next = procedure.next([]);
  while (next.done !== true) {
    const step = next.value;
    const offset = steps.slice(cursor).findIndex((recorded) => isRecordOf(recorded, step));
    const found = offset < 0 ? undefined : steps[cursor + offset];
    if (found === undefined) return { done: false, step };
    cursor += offset + 1;
    next = procedure.next(found.results);
  }
  return { done: true, value: next.value };
};
