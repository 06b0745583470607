import { noUsage, type ThreadEvent, type ThreadItem } from "@fettle/protocol";
import fc from "fast-check";

/* Logs as threads make them, and the same with the deltas that a live screen sees besides. */

export type Threads = {
  /** What is stored. */
  readonly log: ThreadEvent[];
  /** What a live screen is told: the log, and text on its way. */
  readonly live: ThreadEvent[];
};

const nasty = [
  "\u001b[2J",
  "\u001b]0;t\u0007",
  "\u009b1A",
  "\u202e",
  "\u2066",
  "\u200b",
  "\r",
  "\u0008",
  "&#27;[31m",
  "\t",
];
const wide = ["日本語のテキスト", "👨‍👩‍👧", "❤️", "1️⃣", "🇩🇪", "e\u0301", "שלום", "عربي", "한글", "क्‍ष", "ﷺ", "…✓✗"];
const marked = [
  "# Heading\n",
  "\n\n",
  "\n",
  "- item ",
  "  - nested\n",
  "1. one\n",
  "3) three\n",
  "```ts\nconst x = `a\nb`; // c\n/* open\n",
  "```\n",
  "~~~\n",
  "    indented\n",
  "| a | b |\n|---|:-:|\n| 1 | 2 |\n",
  "| x ",
  "> quote ",
  "***\n",
  "---\n",
  "===\n",
  "**bold** ",
  "**half ",
  "*em* ",
  "`code` ",
  "``",
  "[link](https://example.com/a) ",
  "[bad](javascript:alert(1)) ",
  "[half](http",
  "![p](x.png) ",
  "<b>html</b> ",
  "- [x] done\n",
  "[ref]: http://x.y\n",
  "\\* &lt; ",
];

const words = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...marked) },
    { weight: 3, arbitrary: fc.constantFrom("word ", "another ", "long".repeat(12), " ", "a") },
    { weight: 2, arbitrary: fc.constantFrom(...wide) },
    { weight: 1, arbitrary: fc.constantFrom(...nasty) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  ),
  { minLength: 1, maxLength: 24 },
);
/** Markdown with all that may go wrong in it. */
export const text = words.map((parts) => parts.join("").toWellFormed());

const diff = text.map((one) => {
  const lines = one.split("\n");
  return `diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1,${lines.length} @@ ${lines[0]}\n-old\n${lines.map((line) => `+${line}`).join("\n")}\n`;
});

/** An item that begins and ends, and what it prints on its way. */
export const workItem: fc.Arbitrary<(id: string) => ThreadItem> = fc.oneof(
  fc
    .record({
      command: text,
      output: text,
      code: fc.constantFrom(0, 1, undefined),
      error: fc.option(text, { nil: undefined }),
    })
    .map(
      ({ command, output, code, error }) =>
        (id: string): ThreadItem => ({
          id,
          type: "command_execution",
          command,
          aggregated_output: output,
          status: code === 0 ? "completed" : "failed",
          duration_ms: 1234,
          ...(code === undefined ? {} : { exit_code: code }),
          ...(error === undefined ? {} : { error }),
        }),
    ),
  fc.record({ path: text, diff, failed: fc.boolean(), error: text }).map(
    ({ path, diff: given, failed, error }) =>
      (id: string): ThreadItem =>
        failed
          ? { id, type: "file_change", changes: [], status: "failed", error }
          : { id, type: "file_change", changes: [{ path, kind: "update" }], status: "completed", diff: given },
  ),
  fc.record({ server: text, tool: text, words: text }).map(
    ({ server, tool, words: said }) =>
      (id: string): ThreadItem => ({
        id,
        type: "mcp_tool_call",
        server,
        tool,
        arguments: { a: said },
        result: { content: [{ type: "text", text: said }], structured_content: null },
        status: "completed",
      }),
  ),
  fc.record({ address: text, title: text, words: text, browser: fc.boolean() }).map(
    ({ address, title, words: said, browser }) =>
      (id: string): ThreadItem =>
        browser
          ? { id, type: "browser", action: title, target: address, text: said, screenshot: said, status: "completed" }
          : { id, type: "web_fetch", address, title, text: said, status: "completed" },
  ),
  fc.record({ tool: text, given: text }).map(
    ({ tool, given }) =>
      (id: string): ThreadItem => ({
        id,
        type: "tool_call",
        tool,
        arguments: given,
        status: "failed",
        error: given,
      }),
  ),
  fc.record({ why: text, said: text, choice: fc.constantFrom("once", "thread", "no") }).map(
    ({ why, said, choice }) =>
      (id: string): ThreadItem => ({
        id,
        type: "approval",
        status: "completed",
        subject: { kind: "command", command: said, cwd: "/x", run: "sandbox" },
        why,
        choices: ["once", "no"],
        answer: { choice: choice as "once", by: "person", message: said },
      }),
  ),
  fc.record({ command: text, reason: text }).map(
    ({ command, reason }) =>
      (id: string): ThreadItem => ({
        id,
        type: "hook",
        event: "PreToolUse",
        command,
        source: "user",
        status: "completed",
        duration_ms: 3,
        decision: "deny",
        reason,
      }),
  ),
);

type Asked = {
  readonly thought: string | null;
  readonly said: string | null;
  /** A stream that failed before, and how much of it came. */
  readonly broken: string | null;
  readonly work: readonly ((id: string) => ThreadItem)[];
  /** A helper that ends while the answer streams. */
  readonly helper: string | null;
  readonly cuts: readonly number[];
};

const asked = (mayBreak: boolean): fc.Arbitrary<Asked> =>
  fc.record({
    thought: fc.option(text),
    said: fc.option(text),
    broken: mayBreak ? fc.option(text) : fc.constant(null),
    work: fc.array(workItem, { maxLength: 3 }),
    helper: fc.option(text),
    cuts: fc.array(fc.nat(400), { maxLength: 8 }),
  });

const pieces = (whole: string, cuts: readonly number[]): string[] => {
  const at = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  return [...at, whole.length].map((end, index) => whole.slice(index === 0 ? 0 : at[index - 1], end));
};

const builder = () => {
  const log: ThreadEvent[] = [];
  const live: ThreadEvent[] = [];
  let items = 0;
  const both = (...events: ThreadEvent[]): void => {
    log.push(...events);
    live.push(...events);
  };
  return {
    log,
    live,
    both,
    id: () => `item_${items++}`,
    streamed(id: string, whole: string, cuts: readonly number[], reasoning = false): void {
      for (const delta of pieces(whole, cuts))
        live.push({ type: "item.delta", item_id: id, delta, ...(reasoning ? { kind: "reasoning" as const } : {}) });
    },
  };
};
type Builder = ReturnType<typeof builder>;

const helperItem = (id: string, words: string): Extract<ThreadItem, { type: "agent" }> => ({
  id,
  type: "agent",
  name: "scout",
  role: "explorer",
  task: words,
  thread_id: "t2",
  model: "m",
  writes: false,
  status: "completed",
  message: words,
});

/** One question to the model, with its answer and the work that it calls for. */
const tellAsked = (to: Builder, { thought, said, broken, work, helper, cuts }: Asked): void => {
  const helperId = to.id();
  if (helper !== null)
    to.both({ type: "item.started", item: { ...helperItem(helperId, helper), status: "in_progress" } });
  const message = to.id();
  const thinking = to.id();
  if (broken !== null) {
    to.streamed(message, broken, cuts);
    to.both({
      type: "item.completed",
      item: { id: to.id(), type: "error", message: "the connection broke; trying again" },
    });
  }
  if (thought !== null) to.streamed(thinking, thought, cuts, true);
  if (said !== null) {
    const half = Math.floor(said.length / 2);
    to.streamed(message, said.slice(0, half), cuts);
    if (helper !== null) to.both({ type: "item.completed", item: helperItem(helperId, helper) });
    to.streamed(message, said.slice(half), cuts);
  }
  to.both({
    type: "model.completed",
    model: "m",
    output: work.map((_, index) => ({ type: "call", call_id: `c${index}`, name: "x", arguments: "{}" })),
    usage: { ...noUsage(), input_tokens: 10, output_tokens: 5 },
  });
  if (thought !== null) to.both({ type: "item.completed", item: { id: thinking, type: "reasoning", text: thought } });
  if (said !== null) to.both({ type: "item.completed", item: { id: message, type: "agent_message", text: said } });
  for (const [index, make] of work.entries()) {
    const item = make(to.id());
    to.both({ type: "item.started", item });
    if (item.type === "command_execution") to.streamed(item.id, item.aggregated_output, cuts);
    to.both({ type: "item.completed", item });
    to.both({ type: "tool.completed", call_id: `c${index}`, name: "x", content: [] });
  }
  // Nothing was called, so there are new words or the turn ends.
  if (work.length === 0) to.both({ type: "input.added", role: "user", content: [] });
  if (helper !== null && said === null) to.both({ type: "item.completed", item: helperItem(helperId, helper) });
};

const tellTurn = (to: Builder, turn: number, prompt: string, steps: readonly Asked[], failed: boolean): void => {
  to.both({ type: "turn.started", turn, model: "m" });
  to.both({ type: "item.completed", item: { id: to.id(), type: "user_message", text: prompt, source: "user" } });
  const plan: ThreadItem = {
    id: to.id(),
    type: "todo_list",
    items: [{ text: prompt, completed: false, in_progress: true }],
  };
  to.both({ type: "item.started", item: plan });
  for (const step of steps) tellAsked(to, step);
  to.both({ type: "item.completed", item: plan });
  to.both(
    failed
      ? { type: "turn.failed", error: { message: prompt, code: "internal" } }
      : {
          type: "turn.completed",
          usage: noUsage(),
          evidence: [{ command: prompt, standing: "stale", item_id: "x" }],
        },
  );
};

/** Whole threads. `mayBreak`: streams may fail, whose words the log does not have. */
export const threads = (mayBreak: boolean): fc.Arbitrary<Threads> =>
  fc
    .array(fc.record({ prompt: text, steps: fc.array(asked(mayBreak), { maxLength: 3 }), failed: fc.boolean() }), {
      minLength: 1,
      maxLength: 2,
    })
    .map((turns) => {
      const to = builder();
      to.both({ type: "thread.started", thread_id: "t" });
      for (const [index, { prompt, steps, failed }] of turns.entries()) tellTurn(to, index + 1, prompt, steps, failed);
      return { log: to.log, live: to.live };
    });
