import type {
  AgentItem,
  BrowserItem,
  CheckEvidence,
  CommandExecutionItem,
  FileChangeItem,
  HookItem,
  McpToolCallItem,
  ThreadEvent,
  ThreadItem,
  WebFetchItem,
} from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { answerLine } from "./approval.ts";
import type { Colours } from "./colours.ts";
import { goalLines } from "./goal.ts";
import { oneLine, onScreen, visibleLine, withoutColours } from "./plain-text.ts";

const outputLines = 6;

const indent = (text: string): string => text.replace(/^/gm, "    ");

const tailOf = (output: string): string => {
  const lines = withoutColours(output).replace(/\s+$/, "").split("\n");
  const shown = lines.slice(-outputLines);
  const hidden = lines.length - shown.length;
  return (
    (hidden > 0 ? `… ${hidden} lines above\n` : "") +
    shown.map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line)).join("\n")
  );
};

const commandEnd = (item: CommandExecutionItem, c: Colours): string => {
  const how =
    item.error !== undefined && item.exit_code === undefined
      ? item.error
      : item.exit_code === undefined
        ? `ended by ${item.signal ?? "a signal"}`
        : `exit ${item.exit_code}`;
  const took = item.duration_ms === undefined ? "" : ` · ${(item.duration_ms / 1000).toFixed(1)} s`;
  const mark = item.exit_code === 0 ? c.green("✓") : c.red("✗");
  const by = item.origin === "check" ? c.dim(" (check run by fettle)") : "";
  const head = `${mark} ${c.cyan("$")} ${oneLine(item.command, 160)}${c.dim(` — ${how}${took}`)}${by}`;
  return item.aggregated_output.trim() === "" ? head : `${head}\n${c.dim(indent(tailOf(item.aggregated_output)))}`;
};

/** A unified diff with colours. */
export const colourDiff = (diff: string, c: Colours): string =>
  plainText(diff)
    .split("\n")
    .map((line) =>
      line.startsWith("+")
        ? c.green(line)
        : line.startsWith("-")
          ? c.red(line)
          : line.startsWith("@@")
            ? c.cyan(line)
            : line,
    )
    .join("\n");

const fileChange = (item: FileChangeItem, c: Colours): string => {
  if (item.status === "failed") return `${c.red("✗")} patch refused: ${item.error ?? ""}`;
  const names = item.changes.map(
    ({ kind, path }) => `${{ add: "A", delete: "D", update: "M" }[kind]} ${visibleLine(path)}`,
  );
  return `${c.green("✓")} changed ${names.join(", ")}\n${indent(colourDiff((item.diff ?? "").trimEnd(), c))}`;
};

const agentName = (item: AgentItem): string => `${item.name} (${item.role})`;

const agentEnd = (item: AgentItem, c: Colours): string => {
  const where = c.dim(`— thread ${item.thread_id}`);
  if (item.status === "failed") return `${c.red("✗")} agent ${agentName(item)}: ${item.error ?? "failed"} ${where}`;
  return `${c.green("✓")} agent ${agentName(item)}: ${oneLine(item.message ?? "done", 160)} ${where}`;
};

const agentStart = (item: AgentItem, c: Colours): string =>
  `${c.cyan("▸")} agent ${agentName(item)}: ${oneLine(item.task, 160)}`;

/** Hooks that let things be are told to nobody: they run at every step. */
const hookLine = (item: HookItem, c: Colours): string | null => {
  const name = `hook ${item.event} ${oneLine(item.command, 80)}`;
  if (item.status === "failed") return `${c.yellow("!")} ${name}: ${item.error ?? "failed"}`;
  const reason = item.reason === undefined ? "" : `: ${item.reason}`;
  return item.decision === undefined ? null : c.dim(`· ${name} says ${item.decision}${reason}`);
};

const mcpCall = (item: McpToolCallItem, c: Colours): string => {
  const what = `${c.cyan(oneLine(item.server, 60))} ${oneLine(item.resource ?? item.tool, 100)}`;
  if (item.status === "failed") return `${c.red("✗")} ${what} — ${oneLine(item.error?.message ?? "failed", 400)}`;
  const took = item.duration_ms === undefined ? "" : c.dim(` · ${(item.duration_ms / 1000).toFixed(1)} s`);
  const text = (item.result?.content ?? []).map((part) => part.text).join("\n");
  const head = `${c.green("✓")} ${what} ${oneLine(JSON.stringify(item.arguments), 100)}${took}`;
  return text.trim() === "" ? head : `${head}\n${c.dim(indent(tailOf(text)))}`;
};

const tookOf = ({ duration_ms: ms }: { duration_ms?: number | undefined }, c: Colours): string =>
  ms === undefined ? "" : c.dim(` · ${(ms / 1000).toFixed(1)} s`);

const webFetch = (item: WebFetchItem, c: Colours): string => {
  const what = `${c.cyan("web_fetch")} ${oneLine(item.final_address ?? item.address, 160)}`;
  if (item.status === "failed") return `${c.red("✗")} ${what} — ${oneLine(item.error ?? "failed", 400)}`;
  const title = item.title === undefined || item.title === "" ? "" : ` ${oneLine(item.title, 100)}`;
  return `${c.green("✓")} ${what}${title}${c.dim(` — ${item.characters ?? 0} characters`)}${tookOf(item, c)}`;
};

const browserStep = (item: BrowserItem, c: Colours): string => {
  const target = item.target === undefined ? "" : ` ${oneLine(item.target, 120)}`;
  const what = `${c.cyan("browser")} ${oneLine(item.action, 40)}${target}`;
  if (item.status === "failed") return `${c.red("✗")} ${what} — ${oneLine(item.error ?? "failed", 400)}`;
  const tree = item.tree === undefined ? "" : c.dim(` of tree ${item.tree.slice(0, 12)}`);
  const picture = item.screenshot === undefined ? "" : `\n${indent(`${oneLine(item.screenshot, 1000)}${tree}`)}`;
  return `${c.green("✓")} ${what}${c.dim(` — ${oneLine(item.address ?? "", 120)}`)}${tookOf(item, c)}${picture}`;
};

const finishedItem = (given: ThreadItem, c: Colours): string | null => {
  const item = onScreen(given);
  switch (item.type) {
    case "command_execution":
      return commandEnd(item, c);
    case "file_change":
      return fileChange(item, c);
    case "reasoning":
      return c.dim(item.text);
    case "error":
      return `${c.yellow("!")} ${item.message}`;
    case "tool_call":
      return item.status === "failed"
        ? `${c.red("✗")} ${item.tool}: ${item.error ?? ""}`
        : `${c.green("✓")} ${item.tool} ${oneLine(item.arguments, 120)}`;
    case "mcp_tool_call":
      return mcpCall(item, c);
    case "web_fetch":
      return webFetch(item, c);
    case "browser":
      return browserStep(item, c);
    case "agent_message":
      return item.text;
    case "user_message":
      // What was said from elsewhere while it ran; the prompt itself is known to who gave it.
      return item.message_id === undefined ? null : c.bold(`> ${oneLine(item.text, 2000)}`);
    case "approval":
      return answerLine(item, c);
    case "agent":
      return agentEnd(item, c);
    case "hook":
      return hookLine(item, c);
    default:
      return null;
  }
};

const mcpProgress = ({ server, tool, progress }: McpToolCallItem, c: Colours): string | null =>
  progress === undefined ? null : c.dim(`· ${oneLine(server, 60)} ${oneLine(tool, 80)}: ${oneLine(progress, 160)}`);

const plan = (item: Extract<ThreadItem, { type: "todo_list" }>, c: Colours): string =>
  item.items
    .map((step) => {
      const mark = step.completed ? c.green("☑") : step.in_progress === true ? c.yellow("▸") : "☐";
      return `${mark} ${oneLine(step.text, 160)}`;
    })
    .join("\n");

/** One event as lines for a person, or null when there is nothing to say. */
export const progressLines = (event: ThreadEvent, c: Colours): string | null => {
  switch (event.type) {
    case "item.started":
    case "item.updated":
      if (event.item.type === "agent" && event.type === "item.started") return agentStart(onScreen(event.item), c);
      if (event.item.type === "mcp_tool_call") return mcpProgress(event.item, c);
      return event.item.type === "todo_list" ? plan(event.item, c) : null;
    case "item.completed":
      return finishedItem(event.item, c);
    case "turn.failed":
      return `${c.red("✗")} ${plainText(event.error.message)}`;
    case "error":
      return `${c.red("✗")} ${plainText(event.message)}`;
    case "thread.compacted": {
      const [before, after] = [event.tokens_before, event.tokens_after].map(
        (tokens) => `${Math.round(tokens / 1000)}k`,
      );
      return c.dim(
        `the conversation was compacted, from about ${before} to ${after} tokens; nothing is lost to the log`,
      );
    }
    case "goal.updated":
      return goalLines(event, c);
    case "thread.forked":
      return c.dim(`forked here from thread ${event.from}, after turn ${event.turn}`);
    case "thread.renamed":
      return c.dim(event.title === "" ? "the thread has no name any more" : `named: ${oneLine(event.title, 200)}`);
    case "files.restored":
      return c.dim(`files were put back to what they were before turn ${event.turn}`);
    case "autonomy.changed":
      return c.dim(`autonomy is ${event.level} from here on`);
    default:
      return null;
  }
};

const standings: Record<CheckEvidence["standing"], { mark: string; colour: keyof Colours; says: string }> = {
  passed: { mark: "✓", colour: "green", says: "passed on the final files" },
  failed: { mark: "✗", colour: "red", says: "failed on the final files" },
  stale: { mark: "~", colour: "yellow", says: "stale: files changed since it ran" },
  unproven: { mark: "?", colour: "yellow", says: "unproven: it changed files itself, or no snapshot could be taken" },
};

/** What was seen to hold for the files that are handed over. Empty when no check was seen. */
export const evidenceLines = (evidence: readonly CheckEvidence[], tree: string | null, c: Colours): string => {
  if (evidence.length === 0) return "";
  const lines = evidence.map(({ command, standing }) => {
    const { mark, colour, says } = standings[standing];
    return `  ${c[colour](mark)} ${oneLine(command, 120)} — ${says}`;
  });
  return `Evidence${tree === null ? "" : c.dim(` for tree ${tree.slice(0, 12)}`)}\n${lines.join("\n")}`;
};
