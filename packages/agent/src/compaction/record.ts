import type { CommandExecutionItem, LoggedEvent, TodoListItem, UserMessageItem } from "@fettle/protocol";

/** What the log itself says of a thread's work: the part of a checkpoint that no model writes. Oldest first. */
export type WorkRecord = {
  readonly words: readonly UserMessageItem[];
  readonly plan: TodoListItem | null;
  readonly files: readonly ChangedFile[];
  readonly commands: readonly CommandSummary[];
  /** Commands that still run. */
  readonly running: readonly CommandExecutionItem[];
  /** The last known content of the workspace, null when it changed since. */
  readonly tree: string | null;
};

export type ChangedFile = { readonly path: string; readonly itemId: string; readonly times: number };

/** A command line with how it ended the last time. */
export type CommandSummary = { readonly last: CommandExecutionItem; readonly times: number };

/** Where the work stands, in a few lines, for who comes back to a run that a limit ended. */
export const standOf = ({ plan, files, commands }: WorkRecord): string => {
  const lines: string[] = [];
  if (plan !== null && plan.items.length > 0) {
    const done = plan.items.filter(({ completed }) => completed).length;
    const next = plan.items.find(({ completed }) => !completed);
    lines.push(`plan: ${done} of ${plan.items.length} steps done${next === undefined ? "" : `; next: ${next.text}`}`);
  }
  if (files.length > 0) {
    const more = files.length > mostFiles ? ` and ${files.length - mostFiles} more` : "";
    lines.push(
      `files changed: ${files
        .slice(-mostFiles)
        .map(({ path }) => path)
        .join(", ")}${more}`,
    );
  }
  const last = commands.at(-1);
  if (last !== undefined) lines.push(`last command: ${last.last.command} (exit ${last.last.exit_code ?? "none"})`);
  return lines.length === 0 ? "nothing was done yet" : lines.join("\n");
};

const mostFiles = 10;

/** Folds the events that count. Each list is in the order of the last time. */
export const workRecord = (events: Iterable<LoggedEvent>): WorkRecord => {
  const words: UserMessageItem[] = [];
  const files = new Map<string, ChangedFile>();
  const commands = new Map<string, CommandSummary>();
  const running = new Map<string, CommandExecutionItem>();
  let plan: TodoListItem | null = null;
  let tree: string | null = null;

  const changed = (path: string, itemId: string): void => {
    const times = (files.get(path)?.times ?? 0) + 1;
    files.delete(path);
    files.set(path, { path, itemId, times });
  };

  for (const event of events) {
    if (event.type === "snapshot") tree = event.tree;
    if (event.type === "files.restored") tree = event.to_tree;
    if (event.type !== "item.started" && event.type !== "item.updated" && event.type !== "item.completed") continue;
    const { item } = event;
    if (item.type === "todo_list") plan = item;
    if (item.type === "user_message") words.push(item);
    if (item.type === "command_execution") {
      if (event.type !== "item.completed") {
        running.set(item.id, item);
        continue;
      }
      running.delete(item.id);
      if (item.read_only !== true) tree = null;
      const times = (commands.get(item.command)?.times ?? 0) + 1;
      commands.delete(item.command);
      commands.set(item.command, { last: item, times });
    }
    if (item.type === "file_change" && item.status === "completed") {
      tree = null;
      for (const change of item.changes) changed(change.move_path ?? change.path, item.id);
    }
  }
  return {
    words,
    plan,
    files: [...files.values()],
    commands: [...commands.values()],
    running: [...running.values()],
    tree,
  };
};
