import { inspect } from "node:util";
import type { TestRecord } from "./run-file.ts";

type Result = {
  name: string;
  nesting: number;
  line?: number;
  skip?: string | boolean;
  todo?: string | boolean;
  details: { type?: string; duration_ms: number; error?: Error & { failureType?: string } };
};
type RunnerEvent = { type: string; data: Result };

/** What the test threw, not the runner's wrapper around it, and without the stack's lines inside Node.js. */
const describeError = (error: Error): string => {
  const text =
    typeof error.cause === "object" && error.cause !== null
      ? inspect(error.cause, { depth: 6 })
      : String(error.cause ?? error.message);
  return text.replace(/\n +at .*\(?node:internal.*$/gm, "").replace(/\n +at new (Safe)?Promise \(<anonymous>\)$/gm, "");
};

const recordOf = ({ type, data }: RunnerEvent): TestRecord | undefined => {
  if (type !== "test:pass" && type !== "test:fail") return undefined;
  const { error } = data.details;
  const base = { name: data.name, line: data.line ?? 1, durationMs: data.details.duration_ms };
  const marked = (mark: string | boolean | undefined): mark is string | true => mark !== undefined && mark !== false;
  const reason = (mark: string | true): string => (mark === true || mark === "" ? "no reason given" : mark);
  if (marked(data.skip)) return { ...base, outcome: "skipped", text: reason(data.skip) };
  if (marked(data.todo)) return { ...base, outcome: "todo", text: reason(data.todo) };
  // A suite is counted by its tests; one that failed only because a test in it did is no failure of its own.
  if (error === undefined) return data.details.type === "suite" ? undefined : { ...base, outcome: "passed", text: "" };
  if (error.failureType === "subtestsFailed") return undefined;
  return { ...base, outcome: "failed", text: describeError(error) };
};

/** A node:test reporter that writes one JSON line a test, for the process that runs the files. */
// biome-ignore lint/style/noDefaultExport: --test-reporter takes a module's default export
export default async function* jsonReporter(source: AsyncIterable<RunnerEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    const record = recordOf(event);
    if (record !== undefined) yield `${JSON.stringify(record)}\n`;
  }
}
