import * as z from "zod/mini";
import { autonomyLevel, checkEvidence, failureCode, threadEvent, usage } from "./events.ts";
import { approvalChoice, approvalItem, treeId } from "./items.ts";

/*
 * What `fettle rpc` and a program say to each other, as JSON-RPC 2.0 in lines (json-rpc.ts). Each method has its
 * parameters and its result here; times are milliseconds, money is US dollars, paths are absolute.
 */

/** Grows when an older program would misunderstand a newer fettle. */
export const rpcVersion = 1;

/** A tool that the program carries out. */
export const customTool = z.object({
  name: z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)),
  description: z.string(),
  /** JSON Schema of the arguments, an object. */
  parameters: z.record(z.string(), z.unknown()),
  /** It changes nothing, so that its calls may run beside others. */
  read_only: z.optional(z.boolean()),
});
export type CustomTool = z.infer<typeof customTool>;

const threadOptions = z.object({
  model: z.optional(z.string()),
  effort: z.optional(z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"])),
  /** Chosen for the thread, and kept with it. */
  autonomy: z.optional(autonomyLevel),
  sandbox: z.optional(z.enum(["read-only", "workspace-write"])),
  /** Further folders that commands may write. */
  add_dirs: z.optional(z.array(z.string())),
  /** KEY=VALUE in TOML, over what the files say. */
  config: z.optional(z.array(z.string())),
  max_cost: z.optional(z.number().check(z.positive())),
  max_tokens: z.optional(z.number().check(z.positive())),
  tools: z.optional(z.array(customTool)),
  /** The program answers questions (`approval/ask`); without it nobody is there to ask. */
  approvals: z.optional(z.boolean()),
});
export type RpcThreadOptions = z.infer<typeof threadOptions>;

const threadId = z.object({ thread_id: z.string() });

export const turnOutcome = z.object({
  status: z.enum(["completed", "failed", "interrupted"]),
  /** The model's last words; empty when there were none. */
  text: z.string(),
  error: z.optional(z.object({ code: failureCode, message: z.string() })),
  /** Why the last words do not satisfy the schema that was asked for. */
  schema_problem: z.optional(z.string()),
  /** Of this turn, and of the whole thread. */
  usage,
  thread_usage: usage,
  /** Of the whole thread; null when a model's price is not known. */
  cost: z.nullable(z.number()),
  /** The files that are handed over, and the checks that were seen on them. */
  tree: z.optional(treeId),
  evidence: z.array(checkEvidence),
  checks_passed: z.boolean(),
  changed_files: z.boolean(),
});
export type TurnOutcome = z.infer<typeof turnOutcome>;

/** What a program asks of fettle. */
export const rpcMethods = {
  initialize: {
    params: z.object({ version: z.number() }),
    result: z.object({ version: z.number(), fettle: z.string() }),
  },
  "thread/start": { params: z.extend(threadOptions, { cwd: z.string() }), result: threadId },
  /** `cwd`: without it the folder in which the thread began. */
  "thread/resume": {
    params: z.extend(threadOptions, { cwd: z.optional(z.string()), thread_id: z.string() }),
    result: threadId,
  },
  /** A new thread with the turns of another one up to `turn` (the last finished one). */
  "thread/fork": {
    params: z.object({ thread_id: z.string(), turn: z.optional(z.number()) }),
    result: z.object({ thread_id: z.string(), from: z.string(), turn: z.number() }),
  },
  "thread/autonomy": { params: z.object({ thread_id: z.string(), level: autonomyLevel }), result: z.object({}) },
  /** Runs a turn and those that were queued meanwhile; the outcome of the last. */
  "turn/run": {
    params: z.object({
      thread_id: z.string(),
      text: z.string(),
      images: z.optional(z.array(z.string())),
      checks: z.optional(z.array(z.string())),
      output_schema: z.optional(z.record(z.string(), z.unknown())),
    }),
    result: turnOutcome,
  },
  /** Words for the running turn; `queue`: for a turn of their own after it. On the disk when this is answered. */
  "turn/steer": {
    params: z.object({ thread_id: z.string(), text: z.string(), queue: z.optional(z.boolean()) }),
    result: z.object({}),
  },
  /** Ends the running turn; answered when its end is on record. */
  "turn/interrupt": { params: threadId, result: z.object({}) },
} as const;
export type RpcMethod = keyof typeof rpcMethods;
export type RpcParams<M extends RpcMethod> = z.infer<(typeof rpcMethods)[M]["params"]>;
export type RpcResult<M extends RpcMethod> = z.infer<(typeof rpcMethods)[M]["result"]>;

const question = z.extend(approvalItem, {
  /** It is asked again, because the answer had another `proposal`: what that would allow, or why it cannot be. */
  changed: z.optional(
    z.discriminatedUnion("ok", [
      z.object({ ok: z.literal(true), allows: z.array(z.string()) }),
      z.object({ ok: z.literal(false), why: z.string() }),
    ]),
  ),
});
/** A question as a program gets it. */
export type RpcQuestion = z.infer<typeof question>;

/** A picture is a data URL. */
const toolContent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("image"), url: z.string().check(z.startsWith("data:image/")) }),
]);

/** What fettle asks of the program. */
export const rpcQuestions = {
  "approval/ask": {
    params: z.object({ thread_id: z.string(), question }),
    /** `proposal`: for `always`, another text than the question's; it is asked about again before it is written. */
    result: z.object({
      choice: approvalChoice,
      message: z.optional(z.string()),
      proposal: z.optional(z.string()),
    }),
  },
  "tool/call": {
    params: z.object({ thread_id: z.string(), call_id: z.string(), name: z.string(), arguments: z.unknown() }),
    /** `error`: in words for the model, what went wrong. */
    result: z.object({ content: z.array(toolContent), error: z.optional(z.string()) }),
  },
} as const;
export type ToolContent = z.infer<typeof toolContent>;
export type ApprovalAnswer = z.infer<(typeof rpcQuestions)["approval/ask"]["result"]>;

/** What fettle tells the program. `thread/event` has the events of `exec --json`, and live text (`item.delta`). */
export const rpcNotices = {
  "thread/event": z.object({ thread_id: z.string(), event: threadEvent }),
  "thread/note": z.object({ thread_id: z.string(), line: z.string() }),
  /** The turn was interrupted: nobody waits for this call any more. */
  "tool/cancel": z.object({ thread_id: z.string(), call_id: z.string() }),
} as const;
