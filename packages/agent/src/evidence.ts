import type { CheckEvidence, CommandExecutionItem, ThreadEvent } from "@fettle/protocol";
import type { ShellAnalysis } from "@fettle/workspace";

/** A finished command and the trees it ran between. An unknown tree is null. */
export type CommandRecord = {
  readonly item: CommandExecutionItem;
  readonly before: string | null;
  readonly after: string | null;
};

type OpenRecord = { item: CommandExecutionItem; before: string | null; after: string | null; reads: boolean };

/**
 * Binds every command of a log to the tree before and after it. A command that ran with the workspace mounted
 * read-only has the same tree on both sides. `tree` is the last known content, null when writes followed it unseen.
 */
export const commandRecords = (events: Iterable<ThreadEvent>): { records: CommandRecord[]; tree: string | null } => {
  const records = new Map<string, OpenRecord>();
  let tree: string | null = null;
  let untied: OpenRecord[] = [];
  for (const event of events) {
    if (event.type === "snapshot") {
      tree = event.tree;
      const writer = event.after_item === undefined ? undefined : records.get(event.after_item);
      if (writer !== undefined) writer.after = tree;
      for (const record of untied) record.before = record.after = tree;
      untied = [];
    } else if (event.type === "files.restored") {
      tree = event.to_tree;
      untied = [];
    } else if (event.type === "item.started" && event.item.type === "command_execution") {
      const reads = event.item.read_only === true;
      const record = { item: event.item, before: tree, after: reads ? tree : null, reads };
      records.set(event.item.id, record);
      if (reads && tree === null) untied.push(record);
      if (!reads) untied = [];
    } else if (event.type === "item.completed" && event.item.type === "command_execution") {
      const record = records.get(event.item.id);
      if (record === undefined) continue;
      record.item = event.item;
      if (!record.reads) tree = null;
    } else if (event.type === "item.completed" && event.item.type === "file_change") {
      if (event.item.status === "completed") tree = null;
    }
  }
  const finished = [...records.values()].filter(({ item }) => item.status !== "in_progress");
  return { records: finished.map(({ item, before, after }) => ({ item, before, after })), tree };
};

const runners = "jest|vitest|mocha|ava|tap|tape|tsc|eslint|biome|oxlint|standard|xo|knip|playwright|cypress|nyc|c8";
const checkPatterns = [
  /^(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:run\s+|run-script\s+)?(?:t|tst|test|lint|build|check|typecheck|type-check|types|format:check|ci)(?:[:\s-]|$)/,
  new RegExp(`^(?:npx\\s+|pnpm\\s+exec\\s+|yarn\\s+|bunx\\s+|\\S*node_modules/\\.bin/)?(?:${runners})(?:\\s|$)`),
  /^(?:\S*\/)?node\s+(?:-\S+\s+(?:[^-\s./]+\s+)?)*(?:--test(?:\s|$)|\S*test\S*)/,
  /^(?:python3?\s+-m\s+)?(?:pytest|unittest|tox|nox|ruff|mypy|pyright|flake8)(?:\s|$)/,
  /^(?:go\s+(?:test|vet|build)|cargo\s+(?:test|check|clippy|build|nextest)|deno\s+(?:test|check|lint))(?:\s|$)/,
  /^(?:make|just|rake|task|bazel|ninja)\s+(?:\S+\s+)*(?:test|tests|check|lint|build|spec)(?:\s|$)/,
  /^(?:mvnw?|\.\/mvnw|gradle|\.\/gradlew|dotnet|mix|swift|sbt|lein)\s+(?:\S+\s+)*(?:test|verify|check|build)(?:\s|$)/,
  /^(?:bundle\s+exec\s+)?(?:rspec|rubocop|phpunit|ctest|busted|prove|shellcheck)(?:\s|$)/,
];
/** Also fettle's own search, wherever it is installed: it judges candidates, not the files as they are. */
const notChecks = /\s--(?:help|version|watch|listTests|list|init)(?:\s|=|$)|\/offline-search\.mjs(?:\s|$)/;

/** Whether a simple command is of the kind that proves something: tests, linters, type checkers, builds. */
export const isCheckCommand = (command: string): boolean =>
  checkPatterns.some((pattern) => pattern.test(command)) && !notChecks.test(command);

type Shell = Pick<ShellAnalysis, "impliedCommands">;

/** What a record proves: the checks that certainly passed, or the one that certainly failed. */
const checksIn = (item: CommandExecutionItem, shell: Shell): { command: string; passed: boolean }[] => {
  // What was interrupted or timed out says nothing about the files.
  if (item.exit_code === undefined || item.error !== undefined) return [];
  const passed = item.exit_code === 0;
  if (item.origin === "check") return [{ command: item.command, passed }];
  const implied = shell.impliedCommands(item.command);
  const commands = passed ? implied.onSuccess : implied.onFailure === null ? [] : [implied.onFailure];
  return commands.filter(isCheckCommand).map((command) => ({ command, passed }));
};

const standingOf = (record: CommandRecord, passed: boolean, final: string | null): CheckEvidence["standing"] => {
  if (final === null || record.before === null) return "unproven";
  if (record.before === final) return passed ? "passed" : "failed";
  // It changed files itself: whether it checked them before or after that cannot be told from outside.
  return record.after === final ? "unproven" : "stale";
};

/**
 * The latest standing of every check that the log shows, for the tree that is handed over. A check counts as passed
 * only if it was seen to exit 0 on exactly that tree.
 */
export const judgeEvidence = async (
  events: Iterable<ThreadEvent>,
  loadShell: () => Promise<Shell>,
): Promise<{ tree: string | null; checks: CheckEvidence[] }> => {
  const { records, tree } = commandRecords(events);
  if (records.length === 0) return { tree, checks: [] };
  const shell = await loadShell();
  const latest = new Map<string, CheckEvidence>();
  for (const record of records) {
    for (const { command, passed } of checksIn(record.item, shell)) {
      latest.delete(command);
      latest.set(command, {
        command,
        standing: standingOf(record, passed, tree),
        item_id: record.item.id,
        ...(record.item.exit_code === undefined ? {} : { exit_code: record.item.exit_code }),
        ...(record.before === null ? {} : { tree: record.before }),
      });
    }
  }
  return { tree, checks: [...latest.values()] };
};
