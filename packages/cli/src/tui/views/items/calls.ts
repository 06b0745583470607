import type { AgentItem, HookItem, McpToolCallItem, ToolCallItem } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import { duration, mark, type ViewFor } from "../depth.ts";
import { markdownLines } from "../markdown/blocks.ts";
import { columnsFor, cutLine, indented, type Line, lineOf, span } from "../spans.ts";
import { headLine } from "./command.ts";
import { amountFor, outputLines } from "./output.ts";
import { noteLines, textLines } from "./words.ts";

/* Calls of tools that have no view of their own, of MCP servers, of hooks, and helpers. */

const after = (ms: number | undefined): string => (ms === undefined ? "" : ` — ${duration(ms)}`);

const isUnfolded = ({ depth }: ViewFor): boolean => depth === "full" || depth === "whole";

/** A call of an MCP server's tool. */
export const mcpLines = (item: McpToolCallItem, settings: ViewFor): Line[] => {
  const name = [span(visibleLine(item.server), "accent"), span(` ${visibleLine(item.resource ?? item.tool)}`)];
  const failed = item.status === "failed";
  const sign = [mark(failed ? "failed" : "ok", settings), span(" "), ...name];
  const given = span(visibleLine(JSON.stringify(item.arguments)), "dim");
  const head = headLine(sign, given, after(item.duration_ms), settings);
  if (failed) return [head, ...outputLines(item.error?.message ?? "failed", amountFor(settings.depth), settings)];
  const text = (item.result?.content ?? []).map((part) => part.text).join("\n");
  return isUnfolded(settings) ? [head, ...outputLines(text, amountFor(settings.depth), settings)] : [head];
};

/** One that is on its way, with its server's last word. */
export const runningMcpLines = (item: McpToolCallItem, settings: ViewFor): Line[] => {
  const sign = [mark("running", settings), span(` ${visibleLine(item.server)}`, "accent")];
  const said = item.progress === undefined || settings.plain ? "" : ` — ${visibleLine(item.progress)}`;
  return [headLine(sign, span(visibleLine(item.resource ?? item.tool)), said, settings)];
};

export const toolLines = (item: ToolCallItem, settings: ViewFor): Line[] => {
  if (item.status === "failed")
    return noteLines(mark("failed", settings), `${item.tool}: ${item.error ?? "failed"}`, "plain", settings);
  const sign = [
    mark(item.status === "completed" ? "ok" : "running", settings),
    span(` ${visibleLine(item.tool)}`, "accent"),
  ];
  return [headLine(sign, span(visibleLine(item.arguments), "dim"), "", settings)];
};

/** Hooks that let things be are told to nobody: they run at every step. */
export const hookLines = (item: HookItem, settings: ViewFor): Line[] => {
  const name = `hook ${visibleLine(item.event)} ${visibleLine(item.command)}`;
  if (item.status === "failed")
    return noteLines(mark("warning", settings), `${name}: ${item.error ?? "failed"}`, "plain", settings);
  const reason = item.reason === undefined ? "" : `: ${item.reason}`;
  if (item.decision !== undefined && (item.decision !== "allow" || isUnfolded(settings)))
    return noteLines(mark("note", settings), `${name} says ${item.decision}${reason}`, "dim", settings);
  return settings.depth === "whole" ? noteLines(mark("note", settings), name, "dim", settings) : [];
};

const nameOf = (item: AgentItem): string => `agent ${visibleLine(item.name)} (${visibleLine(item.role)})`;

const conflictLines = (item: AgentItem, settings: ViewFor): Line[] => {
  const paths = item.conflicts ?? [];
  if (paths.length === 0) return [];
  const text = `both sides changed ${paths.map(visibleLine).join(", ")}: nothing of its work was taken over`;
  return noteLines(span(`  ${mark("warning", settings).text}`, "warn"), text, "plain", settings);
};

/** A helper that ended, with its last words as far as they are wanted. */
export const agentLines = (item: AgentItem, settings: ViewFor): Line[] => {
  const columns = columnsFor(settings);
  const failed = item.status === "failed";
  const sign = [mark(failed ? "failed" : "ok", settings), span(` ${nameOf(item)}:`, "accent")];
  const words = failed ? (item.error ?? "failed") : (item.message ?? "done");
  const frame = { first: lineOf("    "), next: lineOf("    ") };
  if (!isUnfolded(settings)) {
    const first = words.split("\n").find((line) => line.trim() !== "") ?? "";
    return [headLine(sign, span(visibleLine(first)), "", settings), ...conflictLines(item, settings)];
  }
  return [
    headLine(sign, span(visibleLine(item.task), "dim"), ` — thread ${visibleLine(item.thread_id)}`, settings),
    ...indented(
      failed ? textLines(words) : markdownLines(plainText(words), Math.max(4, columns - 4), settings),
      columns,
      frame,
      true,
    ),
    ...conflictLines(item, settings),
  ];
};

/** A helper at work. */
export const runningAgentLines = (item: AgentItem, settings: ViewFor): Line[] => [
  cutLine(
    headLine(
      [mark("running", settings), span(` ${nameOf(item)}:`, "accent")],
      span(visibleLine(item.task)),
      item.writes ? " — in a copy" : "",
      settings,
    ),
    columnsFor(settings),
  ),
];
