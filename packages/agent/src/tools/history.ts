import { readFileSync } from "node:fs";
import type { ThreadItem } from "@fettle/protocol";
import * as z from "zod/mini";
import { parseArguments } from "./arguments.ts";
import { failedCall, shownCall } from "./shown-call.ts";
import { type Tool, textResult } from "./tool.ts";

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
    case "mcp_tool_call":
      return `${item.server} ${item.resource ?? item.tool} ${JSON.stringify(item.arguments)}\n${mcpOutput(item)}`;
    case "web_fetch":
      return `${item.address}\n${wholeText(item.output_path, item.text ?? item.error ?? item.status)}`;
    case "browser":
      return `${item.action} ${item.target ?? ""}\n${wholeText(item.output_path, item.text ?? item.error ?? item.status)}`;
    case "approval":
      return `${item.why}: ${JSON.stringify(item.subject)} → ${item.answer?.choice ?? "unanswered"}`;
    case "hook":
      return `${item.event} ${item.command} → ${item.decision ?? item.status}\n${item.reason ?? item.error ?? item.context ?? ""}`;
    case "agent":
      return `${item.name} (${item.role}), thread ${item.thread_id}: ${item.task}\n${item.message ?? item.error ?? item.status}`;
    case "user_message":
    case "agent_message":
    case "reasoning":
      return item.text;
    case "error":
      return item.message;
  }
};

const wholeOutput = (item: Extract<ThreadItem, { type: "command_execution" }>): string =>
  wholeText(item.output_path, item.aggregated_output);

const mcpOutput = (item: Extract<ThreadItem, { type: "mcp_tool_call" }>): string => {
  const shown = item.result?.content.map(({ text }) => text).join("\n");
  return wholeText(item.output_path, shown ?? item.error?.message ?? item.status);
};

const wholeText = (path: string | undefined, shown: string): string => {
  if (path === undefined) return shown;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return shown;
  }
};

type Found = { readonly item: ThreadItem; readonly at: string };
/** Calls back with every state of every item of the thread, oldest first, and when it was. */
type VisitItems = (visit: (item: ThreadItem, at: string) => void) => void;

/** Where the words stand together, else the longest of them. */
const placeOf = (text: string, words: readonly string[]): number => {
  const together = text.indexOf(words.join(" "));
  const longest = [...words].sort((a, b) => b.length - a.length)[0] ?? "";
  return together >= 0 ? together : text.indexOf(longest);
};

const excerpt = (text: string, at: number): string => {
  const start = Math.max(0, at - excerptCharacters / 2);
  return text
    .slice(start, start + excerptCharacters)
    .replace(/\s+/g, " ")
    .trim();
};

const search = (visit: VisitItems, query: string): string => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Map<string, string>();
  visit((item, at) => {
    if (item.type === "tool_call" && item.tool === "history") return;
    const text = itemText(item);
    const lower = text.toLowerCase();
    found.delete(item.id);
    if (words.every((word) => lower.includes(word)))
      found.set(item.id, `[${item.id}] ${item.type}, ${at.slice(0, 16)}: ${excerpt(text, placeOf(lower, words))}`);
  });
  const lines = [...found.values()].reverse();
  if (lines.length === 0) return `Nothing in this thread has all of: ${words.join(" ")}`;
  const more = lines.length - mostMatches;
  return [...lines.slice(0, mostMatches), ...(more > 0 ? [`and ${more} older ones; use more words`] : [])].join("\n");
};

const find = (visit: VisitItems, id: string): Found | null => {
  let found: Found | null = null;
  visit((item, at) => {
    if (item.id === id) found = { item, at };
  });
  return found;
};

const page = (found: Found, offset: number): string => {
  const text = itemText(found.item);
  const end = offset + pageCharacters;
  const rest = text.length > end ? `\n[${text.length - end} more characters: offset ${end}]` : "";
  return `[${found.item.id}] ${found.item.type}, ${found.at.slice(0, 16)}\n${text.slice(offset, end)}${rest}`;
};

/** `visit` reads the thread's log anew; what was taken back is left out. */
export const createHistoryTool = (visit: VisitItems): Tool => ({
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
    if (id !== undefined) {
      const found = find(visit, id);
      if (found === null) return failedCall(call, context, `there is no item ${JSON.stringify(id)}`);
      shownCall(call, context);
      return textResult(page(found, offset ?? 0));
    }
    if (query === undefined || query.trim() === "")
      return failedCall(call, context, "give words to search for, or an item");
    shownCall(call, context);
    return textResult(search(visit, query));
  },
});
