import { resolve } from "node:path";
import type {
  PermissionOption,
  ToolCall,
  ToolCallContent,
  ToolCallLocation,
  ToolCallStatus,
  ToolKind,
} from "@agentclientprotocol/sdk";
import type { Question } from "@fettle/agent";
import type {
  ApprovalChoice,
  ApprovalItem,
  BrowserItem,
  CommandExecutionItem,
  FileChangeItem,
  McpToolCallItem,
  ToolCallItem,
  WebFetchItem,
} from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { rulesIn } from "../../render/approval.ts";
import { oneLine, visibleText, withoutColours } from "../../render/plain-text.ts";
import { textChanges } from "./diff-content.ts";

/* Items of a thread as an editor's tool calls. */

const text = (words: string): ToolCallContent => ({ type: "content", content: { type: "text", text: words } });

/** Text that is shown as it stands: no line of it can end the block. */
export const fenced = (words: string, language = ""): string => {
  const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${words.replace(/\n$/, "")}\n${fence}`;
};

/** What a command has printed so far. */
export const outputContent = (output: string): ToolCallContent[] => {
  const shown = withoutColours(plainText(output));
  return shown.trim() === "" ? [] : [text(fenced(shown))];
};

const endOf = (item: CommandExecutionItem): string | null => {
  if (item.error !== undefined) return item.error;
  if (item.signal !== undefined) return `ended by ${item.signal}`;
  return item.exit_code === undefined || item.exit_code === 0 ? null : `exit ${item.exit_code}`;
};

/** A command, running or ended. */
export const commandCall = (item: CommandExecutionItem): Omit<ToolCall, "toolCallId"> => {
  const end = item.status === "in_progress" ? null : endOf(item);
  return {
    title: oneLine(item.command, 400),
    kind: "execute",
    status: item.status,
    content: [...outputContent(item.aggregated_output), ...(end === null ? [] : [text(plainText(end))])],
    rawInput: { command: item.command, ...(item.cwd === undefined ? {} : { cwd: item.cwd }) },
  };
};

const kindOf = (changes: FileChangeItem["changes"]): ToolKind => {
  if (changes.length > 0 && changes.every(({ kind }) => kind === "delete")) return "delete";
  return changes.some(({ move_path }) => move_path !== undefined) ? "move" : "edit";
};

const diffContent = (diff: string | undefined, root: string): ToolCallContent[] =>
  textChanges(diff ?? "", root).map(({ path, oldText, newText }) => ({ type: "diff", path, oldText, newText }));

const locationsOf = (paths: readonly string[], diff: string | undefined, root: string): ToolCallLocation[] => {
  const lines = new Map<string, number>();
  for (const { path, line } of textChanges(diff ?? "", root)) if (!lines.has(path)) lines.set(path, line);
  return paths.map((name) => {
    const path = resolve(root, name);
    const line = lines.get(path);
    return line === undefined ? { path } : { path, line };
  });
};

/** A patch that was applied, or why it was not. */
export const changeCall = (item: FileChangeItem, root: string): Omit<ToolCall, "toolCallId"> => {
  const { changes, diff, error } = item;
  const names = changes.map(({ path, move_path }) => move_path ?? path);
  return {
    title: changes.length === 0 ? "Change files" : oneLine(`Change ${names.join(", ")}`, 400),
    kind: kindOf(changes),
    status: item.status,
    content: error === undefined ? diffContent(diff, root) : [text(plainText(error))],
    locations: locationsOf(names, diff, root),
  };
};

const argumentsOf = (item: ToolCallItem): unknown => {
  try {
    return JSON.parse(item.arguments);
  } catch {
    return item.arguments;
  }
};

const pathIn = (input: unknown): string | null =>
  typeof input === "object" && input !== null && "path" in input && typeof input.path === "string" ? input.path : null;

/** A call that has no item of its own kind. */
export const otherCall = (item: ToolCallItem, root: string): Omit<ToolCall, "toolCallId"> => {
  const rawInput = argumentsOf(item);
  const path = item.tool === "view_image" ? pathIn(rawInput) : null;
  return {
    title: path === null ? oneLine(item.tool, 100) : oneLine(`Look at ${path}`, 400),
    kind: path === null ? (item.tool === "history" ? "search" : "other") : "read",
    status: item.status,
    rawInput,
    ...(path === null ? {} : { locations: [{ path: resolve(root, path) }] }),
    ...(item.error === undefined ? {} : { content: [text(plainText(item.error))] }),
  };
};

/** A call of an MCP server's tool, or the reading of a resource. */
export const mcpCall = (item: McpToolCallItem): Omit<ToolCall, "toolCallId"> => {
  const said = item.result?.content.map((part) => part.text).join("\n") ?? item.error?.message ?? item.progress ?? "";
  return {
    title: oneLine(`${item.server}: ${item.resource ?? item.tool}`, 400),
    kind: item.resource === undefined ? "other" : "read",
    status: item.status,
    content: outputContent(said),
    rawInput: item.arguments,
  };
};

/** A page that is read, or a step in the browser. */
export const webCall = (item: WebFetchItem | BrowserItem): Omit<ToolCall, "toolCallId"> => {
  const title = item.type === "web_fetch" ? `Read ${item.address}` : `Browser: ${item.action} ${item.target ?? ""}`;
  const picture =
    item.type === "browser" && item.screenshot !== undefined ? { locations: [{ path: item.screenshot }] } : {};
  return {
    title: oneLine(title, 400),
    kind: "fetch",
    status: item.status,
    content: outputContent(item.error ?? item.text ?? ""),
    ...picture,
  };
};

const subjectCall = (item: ApprovalItem, root: string): Omit<ToolCall, "toolCallId"> => {
  const { subject } = item;
  switch (subject.kind) {
    case "command": {
      const outside = subject.run === "host" ? "Outside of the sandbox: " : "";
      // What is decided about is shown whole: a title may be cut.
      const content = [text(fenced(visibleText(subject.command), "sh"))];
      const rawInput = { command: subject.command, cwd: subject.cwd };
      return { title: `${outside}${oneLine(subject.command, 400)}`, kind: "execute", content, rawInput };
    }
    case "patch": {
      const content = diffContent(subject.diff, root);
      const locations = locationsOf(subject.paths, subject.diff, root);
      return { title: oneLine(`Change ${subject.paths.join(", ")}`, 400), kind: "edit", content, locations };
    }
    case "network":
      return { title: oneLine(`Reach ${subject.host}:${subject.port} (${subject.protocol})`, 400), kind: "fetch" };
    case "tool": {
      const content = [text(fenced(visibleText(subject.arguments), "json"))];
      return {
        title: oneLine(`Outside of the sandbox: ${subject.server}: ${subject.tool}`, 400),
        kind: "other",
        content,
      };
    }
    case "elicitation": {
      const wants = subject.fields.length === 0 ? [] : [text(`it wants: ${visibleText(subject.fields.join(", "))}`)];
      const content = [text(fenced(visibleText(subject.asks))), ...wants];
      return { title: oneLine(`The MCP server ${subject.server} asks`, 400), kind: "other", content };
    }
  }
};

const answered = (item: ApprovalItem): ToolCallStatus => {
  if (item.answer === undefined) return "pending";
  return item.answer.choice === "no" ? "failed" : "completed";
};

/** A question, with why it is asked and what "always" would write. */
export const questionCall = (item: Question, root: string): Omit<ToolCall, "toolCallId"> => {
  const { why, reason, proposal, changed } = item;
  const lines = [`because ${visibleText(why)}`];
  if (reason !== undefined) lines.push(`the model says: ${visibleText(reason)}`);
  if (proposal !== undefined)
    lines.push(...rulesIn(proposal).map((rule) => `always would add:\n${fenced(visibleText(rule))}`));
  if (changed !== undefined && !changed.ok) lines.push(`not written: ${visibleText(changed.why)}`);
  if (item.answer?.choice === "no") lines.push("not allowed");
  const call = subjectCall(item, root);
  return { ...call, status: answered(item), content: [...(call.content ?? []), text(lines.join("\n\n"))] };
};

const options: Readonly<Record<ApprovalChoice, Omit<PermissionOption, "optionId">>> = {
  once: { name: "Allow once", kind: "allow_once" },
  thread: { name: "Allow for this thread", kind: "allow_always" },
  always: { name: "Always allow (writes a rule)", kind: "allow_always" },
  no: { name: "No", kind: "reject_once" },
};

/** The choices of a question. An option's id is the choice. */
export const permissionOptions = (choices: readonly ApprovalChoice[]): PermissionOption[] =>
  choices.map((choice) => ({ optionId: choice, ...options[choice] }));
