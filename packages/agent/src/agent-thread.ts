import type { CheckEvidence, ContentPart, LoggedEvent, ThreadEvent, ToolCallPart, Usage } from "@fettle/protocol";
import { isTransient } from "@fettle/protocol";
import type { Policy, Workspace } from "@fettle/workspace";
import { runCheck } from "./checks.ts";
import { createConversation } from "./conversation.ts";
import { judgeEvidence } from "./evidence.ts";
import { readImage } from "./images.ts";
import { repairEvents, threadFacts } from "./interrupted.ts";
import type { Effort, Model, ModelFailure, ModelRequest } from "./model.ts";
import { createSnapshotKeeper } from "./snapshot-keeper.ts";
import type { ThreadLog } from "./thread/types.ts";
import { applyPatchTool } from "./tools/apply-patch.ts";
import { createShellTool } from "./tools/shell.ts";
import type { Tool, ToolContext } from "./tools/tool.ts";
import { createPlanTool } from "./tools/update-plan.ts";
import { viewImageTool } from "./tools/view-image.ts";
import { runTurn, type TurnEnd, type TurnPorts } from "./turn.ts";

export type ThreadSetup = {
  readonly log: ThreadLog;
  /** The stored events of a resumed thread; empty for a new one. */
  readonly events: readonly LoggedEvent[];
  readonly workspace: Workspace;
  readonly policy: Policy;
  readonly model: Model;
  readonly version: string;
  /** The system prompt of a new thread; a resumed one keeps its own. */
  readonly instructions: string;
  /** Environment and instruction files. Told to the model at the start and again when it changed. */
  readonly surroundings: string;
  readonly effort?: Effort;
  readonly live: boolean;
  readonly decideRetry: TurnPorts["decideRetry"];
  /** Called with every event right after it is stored (transient ones are not stored). */
  readonly onEvent: (event: ThreadEvent) => void;
};

export type TurnInput = {
  readonly text: string;
  /** Absolute paths of pictures; they must have been read successfully once. */
  readonly images: readonly string[];
  /** Commands that the harness itself runs at the end. */
  readonly checks: readonly string[];
  readonly outputSchema?: Readonly<Record<string, unknown>>;
};

export type TurnResult = {
  readonly end: TurnEnd;
  readonly tree: string | null;
  readonly evidence: readonly CheckEvidence[];
  /** The model's last words; empty when there were none. */
  readonly lastMessage: string;
  readonly checksPassed: boolean;
};

export type AgentThread = {
  readonly id: string;
  /** What the next model call would be sent, with `text` as the user's words. Changes nothing. */
  preview(input: TurnInput): ModelRequest;
  run(input: TurnInput): Promise<TurnResult>;
  /** Words for the running turn: in the log at once, with the model at its next call. */
  steer(text: string): void;
  interrupt(): void;
  close(): void;
};

const messageContent = (text: string, images: readonly string[]): ContentPart[] => {
  const content: ContentPart[] = [{ type: "text", text }];
  for (const path of images) {
    const image = readImage(path, { base: "/" });
    content.push(image.ok ? { type: "image", url: image.url } : { type: "text", text: `[picture not sent: ${image.message}]` });
  }
  return content;
};

const failureText = (failure: ModelFailure, usage: Usage, tree: string | null): ThreadEvent => ({
  type: "turn.failed",
  error: { message: failure.message, code: failure.code },
  usage,
  ...(tree === null ? {} : { tree }),
});

/** A thread with its one writer: takes input, runs turns, and keeps log and listeners in step. */
export const createAgentThread = (setup: ThreadSetup): AgentThread => {
  const { log, workspace, policy, model } = setup;
  const conversation = createConversation();
  const facts = threadFacts();
  const events: LoggedEvent[] = [];
  let lastMessage = "";
  let controller = new AbortController();

  const take = (event: LoggedEvent): void => {
    conversation.add(event);
    facts.add(event);
    events.push(event);
  };
  const emit = (event: ThreadEvent): void => {
    if (!isTransient(event)) take(log.append(event));
    if (event.type === "item.completed" && event.item.type === "agent_message") lastMessage = event.item.text;
    setup.onEvent(event);
  };
  const nextItemId = (): string => facts.nextItemId();
  const notice = (message: string): void =>
    emit({ type: "item.completed", item: { id: nextItemId(), type: "error", message } });

  for (const event of setup.events) take(event);
  const started = setup.events.find((event) => event.type === "thread.started");
  const instructions = started?.instructions ?? setup.instructions;

  const shell = createShellTool();
  const plan = createPlanTool();
  const available: Tool[] = [shell.tool, applyPatchTool, plan.tool, ...(model.info.images ? [viewImageTool] : [])];
  const tools = new Map(available.map((tool) => [tool.spec.name, tool]));
  const specs = available.map((tool) => tool.spec);

  const request = (outputSchema: TurnInput["outputSchema"]): ModelRequest => ({
    instructions,
    tools: specs,
    input: conversation.input,
    cacheKey: log.id,
    ...(setup.effort === undefined ? {} : { effort: setup.effort }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  });

  const deliverInput = (): boolean => {
    const waiting = conversation.undelivered();
    for (const { itemId, text, images } of waiting)
      emit({ type: "input.added", role: "user", content: messageContent(text, images), item_id: itemId });
    return waiting.length > 0;
  };

  const accept = (text: string, source: "user" | "steer", images: readonly string[] = []): void => {
    const item = { id: nextItemId(), type: "user_message" as const, text, source, images: [...images] };
    emit({ type: "item.completed", item });
    log.sync();
  };

  const begin = (input: TurnInput): void => {
    if (started === undefined && events.length === 0)
      emit({
        type: "thread.started",
        thread_id: log.id,
        cwd: workspace.root,
        model: model.info.id,
        version: setup.version,
        instructions,
      });
    for (const event of repairEvents(facts, conversation.unanswered())) emit(event);
    emit({ type: "turn.started", turn: facts.turns() + 1, model: model.info.id });
    if (facts.surroundings() !== setup.surroundings)
      emit({ type: "input.added", role: "developer", content: [{ type: "text", text: setup.surroundings }] });
    accept(input.text, "user", input.images);
  };

  const run = async (input: TurnInput): Promise<TurnResult> => {
    controller = new AbortController();
    lastMessage = "";
    begin(input);
    const snapshots = createSnapshotKeeper(workspace.snapshots, emit, notice);
    const { signal } = controller;
    const context: ToolContext = {
      workspace,
      policy,
      model: model.info,
      emit,
      nextItemId,
      outputPath: (itemId) => log.outputPath(itemId),
      settleSnapshot: () => snapshots.settle(),
      filesMayHaveChanged: (itemId) => snapshots.changedBy(itemId),
      live: setup.live,
      signal,
    };
    const ports: TurnPorts = {
      model,
      tools,
      // The first snapshot is taken beside the model's thinking, after the request has left.
      request: () => {
        if (policy.mode !== "read-only") setImmediate(snapshots.begin);
        return request(input.outputSchema);
      },
      emit,
      nextItemId,
      deliverInput,
      runTool: (tool: Tool, call: ToolCallPart) => tool.run(call, context),
      decideRetry: setup.decideRetry,
      wait: (ms) => abortableWait(ms, signal),
      live: setup.live,
      signal,
    };
    const end = await runTurn(ports);
    await shell.close();
    plan.finish(context);
    let checksPassed = true;
    if (end.type === "completed")
      for (const command of input.checks) checksPassed = (await runCheck(command, context)) && checksPassed;
    if (snapshots.changed) await snapshots.settle();
    snapshots.stop();
    const { tree, checks } = judgeEvidence(facts.live(events));
    if (end.type === "completed")
      emit({ type: "turn.completed", usage: end.usage, ...(tree === null ? {} : { tree }), evidence: checks });
    else emit(failureText(end.failure, end.usage, tree));
    log.sync();
    return { end, tree, evidence: checks, lastMessage, checksPassed };
  };

  return {
    id: log.id,
    preview(input) {
      const shadow = createConversation(events);
      const text = (value: string): ContentPart[] => [{ type: "text", text: value }];
      const added: ModelRequest["input"] = [
        ...shadow.input,
        ...(facts.surroundings() === setup.surroundings
          ? []
          : [{ type: "message" as const, role: "developer" as const, content: text(setup.surroundings) }]),
        { type: "message", role: "user", content: messageContent(input.text, input.images) },
      ];
      return { ...request(input.outputSchema), input: added };
    },
    run,
    steer: (text) => accept(text, "steer"),
    interrupt: () => controller.abort(),
    close: () => log.close(),
  };
};

/** Resolves after `ms` or at the abort. */
const abortableWait = (ms: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
};
