import type { CommandExecutionItem, TodoListItem, UserMessageItem } from "@fettle/protocol";
import type { ChangedFile, CommandSummary, WorkRecord } from "./record.ts";

/*
 * The text that stands for a conversation's beginning. What the user said and what was done comes from the log word
 * for word; only the notes are the model's. Everything has an item's id by which the history tool reads the whole.
 */

/** Characters that each part may take. */
export type CheckpointBudget = { readonly words: number; readonly record: number; readonly notes: number };

const head = `# Checkpoint
The conversation before this point no longer fits. This is what it came to; go on from here. Whatever is older can be read with the history tool: search it by words, or read an item by its id. Commands listed here have ended: do not run one again only to see its result.`;

/** Cut by characters, so that no half of a surrogate pair is left. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");

const shortened = (text: string, length: number, id: string): string =>
  text.length <= length ? text : `${cut(text, length)}… [${text.length} characters; whole: history ${id}]`;

const shortest = 160;

const wordsOf = (message: UserMessageItem): string => {
  const images = message.images?.length ?? 0;
  return images === 0 ? message.text : `${message.text}\n[with ${images === 1 ? "a picture" : `${images} pictures`}]`;
};

/**
 * The user's words, whole as long as they fit: the first ones, which set the task, before all others, then the latest.
 * The others keep their beginning.
 */
const wordsSection = (words: readonly UserMessageItem[], budget: number): string => {
  const order = [words[0], ...words.slice(1).reverse()].filter((message) => message !== undefined);
  const lengths = new Map<UserMessageItem, number>();
  let left = budget;
  for (const message of order) {
    const length = wordsOf(message).length;
    const given = length <= left ? length : Math.min(length, lengths.size === 0 ? left : shortest);
    lengths.set(message, given);
    left -= given;
  }
  // Of very many only a count is told.
  const told = words.filter(
    (message, index) => index === 0 || index >= words.length - 200 || lengths.get(message) !== shortest,
  );
  const lines = told.map(
    (message) => `[${message.id}] ${shortened(wordsOf(message), lengths.get(message) ?? shortest, message.id)}`,
  );
  const missing = words.length - told.length;
  if (missing > 0) lines.splice(1, 0, `(${missing} older messages: search the history)`);
  return `## What the user said\n${lines.join("\n\n")}`;
};

const planSection = (plan: TodoListItem): string =>
  `## Plan\n${plan.items.map((step) => `- [${step.completed ? "x" : step.in_progress ? ">" : " "}] ${step.text}`).join("\n")}`;

/** Lists the latest lines that fit, the latest last, and says how many are left out. */
const latestLines = (lines: readonly string[], budget: number, what: string): string => {
  let left = budget;
  let first = lines.length;
  while (first > 0 && (lines[first - 1]?.length ?? 0) + 1 <= left) left -= (lines[--first]?.length ?? 0) + 1;
  const rest = first === 0 ? [] : [`- (${first} older ${what}: search the history)`];
  return [...rest, ...lines.slice(first)].join("\n");
};

const outcomeOf = (item: CommandExecutionItem): string => {
  if (item.error !== undefined) return item.error;
  if (item.signal !== undefined) return `ended by ${item.signal}`;
  return item.exit_code === undefined ? "no result" : `exit ${item.exit_code}`;
};

const longestCommand = 300;
const longestPath = 200;

const flat = (text: string): string => text.replace(/\s+/g, " ").trim();

const commandLine = ({ last, times }: CommandSummary): string =>
  `- [${last.id}] \`${cut(flat(last.command), longestCommand)}\`: ${cut(flat(outcomeOf(last)), 120)}${times > 1 ? ` (run ${times} times)` : ""}`;

const fileLine = ({ path, itemId, times }: ChangedFile): string =>
  `- [${itemId}] ${cut(flat(path), longestPath)}${times > 1 ? ` (${times} times)` : ""}`;

const runningLine = (item: CommandExecutionItem): string =>
  `- [${item.id}] \`${cut(flat(item.command), longestCommand)}\`${item.session === undefined ? "" : `: session ${item.session}`}`;

/** Puts a checkpoint together. `notes` is what the model wrote for itself, or null. Pure. */
export const checkpointText = (record: WorkRecord, notes: string | null, budget: CheckpointBudget): string => {
  const sections = [head, wordsSection(record.words, budget.words)];
  if (record.plan !== null && record.plan.items.length > 0) sections.push(cut(planSection(record.plan), budget.record));
  if (notes !== null) sections.push(`## Your own notes\n${cut(notes, budget.notes)}`);
  if (record.files.length > 0) {
    const tree = record.tree === null ? "" : ` (all files now: tree ${record.tree.slice(0, 12)})`;
    sections.push(`## Files you changed${tree}\n${latestLines(record.files.map(fileLine), budget.record, "changes")}`);
  }
  if (record.commands.length > 0)
    sections.push(
      `## Commands that have ended\n${latestLines(record.commands.map(commandLine), budget.record, "commands")}`,
    );
  if (record.running.length > 0)
    sections.push(`## Commands that still run\n${record.running.map(runningLine).join("\n")}`);
  return sections.join("\n\n");
};
