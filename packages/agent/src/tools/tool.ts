import type { ContentPart, ThreadEvent, ToolCallPart } from "@fettle/protocol";
import type { Policy, Workspace } from "@fettle/workspace";
import type { Permission } from "../approvals/types.ts";
import type { ModelInfo, ToolSpec } from "../model.ts";
import type { Redaction } from "../redact/redactor.ts";

/** What a tool may use. Made once per turn by the thread. */
export type ToolContext = {
  readonly workspace: Workspace;
  /** As the run was started. What a single call may do is what `permission` says. */
  readonly policy: Policy;
  readonly permission: Permission;
  readonly model: ModelInfo;
  /** Appends to the log and to the live stream. */
  emit(event: ThreadEvent): void;
  /** A new item id, unique in the thread. */
  nextItemId(): string;
  /** Takes secrets out of a command's output; null when there are none. */
  readonly redaction: Redaction | null;
  /** Opens the file that keeps an item's whole output beside the log. */
  outputPath(itemId: string): string;
  /** Resolves once the tree before this command is known. Tools that may write await it before they start. */
  settleSnapshot(): Promise<void>;
  /** Says that files may have changed up to the end of `itemId`; a snapshot is taken in the background. */
  filesMayHaveChanged(itemId: string): void;
  /** A new snapshot of the files as they are now; null where none can be had. */
  currentTree(): Promise<string | null>;
  /** True when someone watches live text. */
  readonly live: boolean;
  readonly signal: AbortSignal;
};

/** What the model reads. A failure is a result like any other, in words. */
export type ToolResult = { readonly content: readonly ContentPart[] };

export type Tool = {
  readonly spec: ToolSpec;
  /** It reaches beyond the workspace: a thread that may only read does not get it. */
  readonly reachesOut?: true;
  /** True when this call provably changes nothing, so that it may run beside others. Must not reject. */
  isReadOnly(call: ToolCallPart): Promise<boolean>;
  /** Emits its own items. Must not throw for anything the model or the world did; throwing is a bug of ours. */
  run(call: ToolCallPart, context: ToolContext): Promise<ToolResult>;
};

/** The names of the tools that fettle itself gives a model. */
export const ownToolNames = [
  ...["shell", "apply_patch", "update_plan", "history", "view_image", "ask_person"],
  ...["agent_start", "agent_wait", "agent_message", "agent_stop", "mcp_search", "mcp_call"],
  ...["web_fetch", "browser"],
] as const;

export const textResult = (text: string): ToolResult => ({ content: [{ type: "text", text }] });

/** The answer to a call that an interrupt overtook. */
export const notRun = (): ToolResult => textResult("not run: the user interrupted before it started");
