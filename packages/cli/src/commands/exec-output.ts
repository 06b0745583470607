import type { TurnResult } from "@fettle/agent";
import type { ThreadEvent, ThreadItem } from "@fettle/protocol";
import { isPrinted, plainText } from "@fettle/protocol";
import { coloursFor } from "../render/colours.ts";
import { oneLine } from "../render/plain-text.ts";
import { evidenceLines, progressLines } from "../render/progress.ts";
import { usageLine } from "../spending.ts";

/** Where a run's events go: JSON lines on stdout, or progress on stderr and the answer on stdout. */
export type ExecOutput = {
  onEvent(event: ThreadEvent): void;
  note(line: string): void;
  /** SIGTERM ends the run: whoever sent it knows. */
  terminated(): void;
  /** `cost` of the whole thread in US dollars, null when it is not known. */
  finish(result: TurnResult, threadId: string, cost: number | null): void;
};

/** What only a provider can read is long and of no use to a program; the log has it. */
const withoutSealed = (event: ThreadEvent): ThreadEvent => {
  if (event.type !== "thread.compacted") return event;
  const { sealed: _, ...readable } = event;
  return readable;
};

export const jsonOutput = (): ExecOutput => {
  let terminated = false;
  return {
    onEvent(event) {
      // @openai/codex-sdk aborts by SIGTERM and makes a printed failure an ordinary error instead of an AbortError.
      if (terminated && event.type === "turn.failed") return;
      if (isPrinted(event)) process.stdout.write(`${JSON.stringify(withoutSealed(event))}\n`);
    },
    note: (line) => void process.stderr.write(`${plainText(line)}\n`),
    terminated() {
      terminated = true;
    },
    finish() {},
  };
};

type Screen = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

/** What is running now, redrawn in place once a second on a terminal. */
const statusLine = (stream: Screen): { show(text: string | null): void; clear(): void } => {
  let timer: NodeJS.Timeout | null = null;
  let startedAt = 0;
  let label: string | null = null;
  const clear = (): void => {
    if (stream.isTTY) stream.write("\r\u001b[K");
  };
  const draw = (): void => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (label !== null && seconds >= 1)
      stream.write(`\r\u001b[K${label.slice(0, (stream.columns ?? 80) - 10)} ${seconds} s`);
  };
  return {
    show(text) {
      if (!stream.isTTY) return;
      clear();
      label = text;
      startedAt = Date.now();
      if (timer !== null) clearInterval(timer);
      timer = text === null ? null : setInterval(draw, 1000).unref();
    },
    clear,
  };
};

const statusOf = (event: ThreadEvent): string | null | undefined => {
  if (event.type === "turn.completed" || event.type === "turn.failed") return null;
  if (event.type === "item.started" && event.item.type === "approval") return null;
  if (event.type === "item.completed" && event.item.type === "approval") return "· thinking";
  if (event.type === "item.started" && event.item.type === "command_execution")
    return `· running ${oneLine(event.item.command, 200)}`;
  if (event.type === "item.started" && event.item.type === "mcp_tool_call")
    return `· calling ${oneLine(`${event.item.server} ${event.item.tool}`, 200)}`;
  if (event.type === "item.started" && event.item.type === "web_fetch")
    return `· fetching ${oneLine(event.item.address, 200)}`;
  if (event.type === "item.started" && event.item.type === "browser")
    return `· browser ${oneLine(event.item.action, 40)}`;
  if (event.type === "turn.started" || event.type === "tool.completed") return "· thinking";
  return undefined;
};

/** The model goes on after what it said. A host may also be asked about by a check, after the last word. */
const isWork = (item: ThreadItem): boolean =>
  item.type === "command_execution"
    ? item.origin !== "check"
    : ["mcp_tool_call", "web_fetch", "browser"].includes(item.type) ||
      (item.type === "approval" && item.subject.kind !== "network");

const isCheck = (event: ThreadEvent): boolean =>
  "item" in event && event.item.type === "command_execution" && event.item.origin === "check";

/** What hooks say of the last word does not make it any less the last. */
const isHook = (event: ThreadEvent): boolean => "item" in event && event.item.type === "hook";

/** Says how a goal ended, after the model's last word. */
const isGoalEnd = (event: ThreadEvent): boolean => event.type === "goal.updated" && event.status !== "working";

/** Takes events in their order once the step is done that they come from: the next request goes out before its lines do. */
const whenIdle = (take: (event: ThreadEvent) => void): { add(event: ThreadEvent): void; flush(): void } => {
  let waiting: ThreadEvent[] = [];
  const flush = (): void => {
    const events = waiting;
    waiting = [];
    for (const event of events) take(event);
  };
  process.once("exit", flush);
  return {
    add(event) {
      if (waiting.push(event) === 1) setImmediate(flush);
    },
    flush,
  };
};

/** `kept`: the thread can be come back to. */
export const textOutput = (kept: boolean, streams: { stdout: Screen; stderr: Screen } = process): ExecOutput => {
  const { stdout, stderr } = streams;
  const colours = coloursFor(stderr);
  const status = statusLine(stderr);
  let held: string | null = null;
  let questionWaits = false;
  let later: string[] = [];
  const print = (text: string): void => {
    // A question that waits has the terminal for itself: its last row is being typed into.
    if (questionWaits) {
      later.push(text);
      return;
    }
    status.clear();
    stderr.write(`${text}\n`);
  };
  const questionIs = (waiting: boolean): void => {
    questionWaits = waiting;
    if (waiting) return;
    const lines = later;
    later = [];
    for (const line of lines) print(line);
  };
  const release = (): void => {
    if (held !== null) print(plainText(held));
    held = null;
  };
  const show = (event: ThreadEvent): void => {
    if (event.type === "item.completed" && event.item.type === "approval") questionIs(false);
    if (event.type === "item.completed" && event.item.type === "agent_message") {
      // The last message is the answer and goes to stdout; which one is last is known only at the end.
      release();
      held = event.item.text;
    } else {
      const lines = progressLines(event, colours);
      if (lines !== null) {
        // Checks that fettle runs after the answer do not make it any less the last word.
        if (!isCheck(event) && !isHook(event) && !isGoalEnd(event)) release();
        print(lines);
      }
    }
    if (event.type === "item.started" && isWork(event.item)) release();
    if (event.type === "item.started" && event.item.type === "approval") questionIs(true);
    const next = stderr.isTTY ? statusOf(event) : undefined;
    if (next === null || (next !== undefined && !questionWaits)) status.show(next);
  };
  const events = whenIdle(show);
  return {
    onEvent(event) {
      events.add(event);
      // A question is put right after it was told.
      if ("item" in event && event.item.type === "approval") events.flush();
    },
    note(line) {
      events.flush();
      print(colours.dim(plainText(line)));
    },
    terminated() {},
    finish(result, threadId, cost) {
      events.flush();
      questionIs(false);
      const answer = held;
      held = null;
      if (answer !== null) {
        if (stderr.isTTY) stderr.write("\n");
        // Also into a pipe: what is piped is looked at later. `-o` writes it as it was said.
        stdout.write(`${plainText(answer)}\n`);
      }
      const evidence = evidenceLines(result.evidence, result.tree, colours);
      if (evidence !== "") print(`\n${evidence}`);
      const undo = !result.changedFiles || !kept ? "" : ` · take it back: fettle undo ${threadId.slice(0, 13)}`;
      const usage = usageLine(result.usage, cost);
      print(
        colours.dim(`${kept ? "thread" : "ephemeral thread"} ${threadId}${undo}${usage === "" ? "" : ` · ${usage}`}`),
      );
    },
  };
};
