import { readFileSync } from "node:fs";
import type { LoggedEvent, ThreadItem, ToolCallPart } from "@fettle/protocol";
import * as z from "zod/mini";
import { parseArguments } from "./arguments.ts";
import { failedCall } from "./failed-call.ts";
import { type Tool, type ToolContext, textResult } from "./tool.ts";

/*
 * Reads the thread's own past from its log, also what a checkpoint has replaced. It looks again at what was recorded;
 * nothing is run.
 */

const historyArguments = z.object({
  search: z.optional(z.string()),
  item: z.optional(z.string()),
  offset: z.optional(z.number().check(z.int(), z.nonnegative())),
});

const pageCharacters = 12_000;
const mostMatches = 20;
const excerptCharacters = 160;

/** An item in words. Whole outputs that lie beside the log are read from there. */
const itemText = (item: ThreadItem): string => {
  switch (item.type) {
    case "command_execution":
      return `$ ${item.command}\n${wholeOutput(item)}\n${item.exit_code === undefined ? (item.error ?? item.status) : `exit ${item.exit_code}`}`;
    case "file_change":
      return item.diff ?? item.error ?? item.changes.map(({ kind, path }) => `${kind} ${path}`).join("\n");
    case "todo_list":
      return item.items.map(({ text, completed }) => `[${completed ? "x" : " "}] ${text}`).join("\n");
    case "tool_call":
      return `${item.tool} ${item.arguments}\n${item.error ?? item.status}`;
    case "approval":
      return `${item.why}: ${JSON.stringify(item.subject)} → ${item.answer?.choice ?? "unanswered"}`;
    case "user_message":
    case "agent_message":
    case "reasoning":
      return item.text;
    case "error":
      return item.message;
  }
};

const wholeOutput = (item: Extract<ThreadItem, { type: "command_execution" }>): string => {
  if (item.output_path === undefined) return item.aggregated_output;
  try {
    return readFileSync(item.output_path, "utf8");
  } catch {
    return item.aggregated_output;
  }
};

type Found = { readonly item: ThreadItem; readonly turn: number };

/** Where the words stand together, else the longest of them. */
const placeOf = (text: string, words: readonly string[]): number => {
  const together = text.indexOf(words.join(" "));
  const longest = [...words].sort((a, b) => b.length - a.length)[0] ?? "";
  return together >= 0 ? together : text.indexOf(longest);
};

/** Every item in its last state, in the order of beginning. */
const itemsOf = (events: readonly LoggedEvent[]): Map<string, Found> => {
  const items = new Map<string, Found>();
  let turn = 0;
  for (const event of events) {
    if (event.type === "turn.started") turn += 1;
    if (event.type === "item.started" || event.type === "item.updated" || event.type === "item.completed")
      items.set(event.item.id, { item: event.item, turn: items.get(event.item.id)?.turn ?? turn });
  }
  return items;
};

const excerpt = (text: string, at: number): string => {
  const start = Math.max(0, at - excerptCharacters / 2);
  return text
    .slice(start, start + excerptCharacters)
    .replace(/\s+/g, " ")
    .trim();
};

const search = (items: ReadonlyMap<string, Found>, query: string): string => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const lines: string[] = [];
  let more = 0;
  for (const { item, turn } of [...items.values()].reverse()) {
    if (item.type === "tool_call" && item.tool === "history") continue;
    const text = itemText(item);
    const lower = text.toLowerCase();
    if (!words.every((word) => lower.includes(word))) continue;
    if (lines.length >= mostMatches) more += 1;
    else lines.push(`[${item.id}] turn ${turn}, ${item.type}: ${excerpt(text, placeOf(lower, words))}`);
  }
  if (lines.length === 0) return `Nothing in this thread has all of: ${words.join(" ")}`;
  return [...lines, ...(more > 0 ? [`and ${more} older ones; use more words`] : [])].join("\n");
};

const page = (found: Found, offset: number): string => {
  const text = itemText(found.item);
  const end = offset + pageCharacters;
  const rest = text.length > end ? `\n[${text.length - end} more characters: offset ${end}]` : "";
  return `[${found.item.id}] turn ${found.turn}, ${found.item.type}\n${text.slice(offset, end)}${rest}`;
};

const shown = (call: ToolCallPart, context: ToolContext): void =>
  context.emit({
    type: "item.completed",
    item: {
      id: context.nextItemId(),
      type: "tool_call",
      tool: call.name,
      arguments: call.arguments,
      status: "completed",
    },
  });

/** `events` reads the thread's log anew; what was taken back is left out. */
export const createHistoryTool = (events: () => readonly LoggedEvent[]): Tool => ({
  spec: {
    name: "history",
    description:
      "Look up what happened earlier in this conversation, also before a checkpoint: search by words, or read one item (messages, commands with their whole output, diffs) by its id.",
    parameters: {
      type: "object",
      properties: {
        search: { type: "string", description: "words that must all occur" },
        item: { type: "string", description: "an id such as item_12" },
        offset: { type: "integer", description: "character to read the item from" },
      },
    },
  },
  isReadOnly: async () => true,
  async run(call, context) {
    const parsed = parseArguments(historyArguments, call.arguments);
    if (!parsed.ok) return failedCall(call, context, parsed.message);
    const { search: query, item: id, offset } = parsed.value;
    const items = itemsOf(events());
    if (id !== undefined) {
      const found = items.get(id);
      if (found === undefined) return failedCall(call, context, `there is no item ${JSON.stringify(id)}`);
      shown(call, context);
      return textResult(page(found, offset ?? 0));
    }
    if (query === undefined || query.trim() === "")
      return failedCall(call, context, "give words to search for, or an item");
    shown(call, context);
    return textResult(search(items, query));
  },
});
