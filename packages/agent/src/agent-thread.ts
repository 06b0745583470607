import type {
  AutonomyLevel,
  CheckEvidence,
  EventOf,
  LoggedEvent,
  ThreadEvent,
  TodoListItem,
  ToldFile,
  Usage,
} from "@fettle/protocol";
import { loadShellAnalysis, type NetworkPorts, type Policy, type Workspace } from "@fettle/workspace";
import { createThreadApprovals } from "./approvals/thread-approvals.ts";
import type { ApprovalSetup, Permission } from "./approvals/types.ts";
import { interrupted } from "./ask-model.ts";
import { type CheckRun, runCheck } from "./checks.ts";
import { createCompactor } from "./compaction/compactor.ts";
import { standOf, workRecord } from "./compaction/record.ts";
import { defaultEffort, requestsIn } from "./effort.ts";
import { judgeEvidence } from "./evidence.ts";
import { withOwnOutput } from "./fork.ts";
import type { NestedPlaces } from "./instruction-files/load.ts";
import { repairEvents } from "./interrupted.ts";
import type { Effort, Model, ModelRequest } from "./model.ts";
import { createEventRedaction } from "./redact/redact-event.ts";
import type { Redaction } from "./redact/redactor.ts";
import type { Skill } from "./skills/load.ts";
import { createSnapshotKeeper, type SnapshotKeeper } from "./snapshot-keeper.ts";
import { visitItems } from "./thread/read-items.ts";
import type { ThreadLog } from "./thread/types.ts";
import { createThreadState, type ThreadState } from "./thread-state.ts";
import { createDelivery, previewed, redactText, surroundingsMessage } from "./told-input.ts";
import { applyPatchTool } from "./tools/apply-patch.ts";
import { type AskPerson, createAskPersonTool } from "./tools/ask-person.ts";
import { createHistoryTool } from "./tools/history.ts";
import { createShellTool } from "./tools/shell.ts";
import type { Tool, ToolContext } from "./tools/tool.ts";
import { createPlanTool } from "./tools/update-plan.ts";
import { viewImageTool } from "./tools/view-image.ts";
import { runTurn, type TurnEnd, type TurnPorts } from "./turn.ts";
import { accept, nextMessage, takeSteers } from "./user-input.ts";

export type ThreadSetup = {
  readonly log: ThreadLog;
  /** The stored events of a resumed thread, handed over; empty for a new one. */
  readonly events: LoggedEvent[];
  readonly workspace: Workspace;
  readonly policy: Policy;
  readonly approvals: ApprovalSetup;
  readonly model: Model;
  readonly version: string;
  /** The system prompt of a new thread; a resumed one keeps its own. */
  readonly instructions: string;
  /** Environment and instruction files. Told to the model at the start and again when it changed. */
  readonly surroundings: string;
  /** Where instruction files of folders that the work enters lie; without it none are told. */
  readonly nested?: NestedPlaces | null;
  /** What the user's words may name. */
  readonly skills?: readonly Skill[];
  /** What the user chose, or the model's own. */
  readonly effort?: Effort;
  /** Whether the user chose it; else it depends on the kind of request. */
  readonly effortChosen: boolean;
  readonly live: boolean;
  /** The limit that spending has reached, in words; null while there is none. Asked before each model call. */
  readonly overBudget: (models: ReadonlyMap<string, Usage>) => string | null;
  /** Tokens of input from which on the conversation is compacted. Default: four fifths of the model's window. */
  readonly compactAt?: number;
  readonly decideRetry: TurnPorts["decideRetry"];
  /** Takes a question down that the model has about a goal's step; without it the model has no such tool. */
  readonly askPerson?: AskPerson;
  /** What the model gets beside the tools that every thread has, in the order in which it is told of them. */
  readonly tools?: readonly Tool[];
  /** Values that are taken out of all that is stored, shown and sent; null when there are none. */
  readonly redaction: Redaction | null;
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
  /** The message of another process that these words are. */
  readonly messageId?: string;
  /** Puts a checkpoint in the place of the conversation so far first. */
  readonly compact?: boolean;
  readonly goal?: GoalTurn;
};

/** How the harness takes part in a turn that works on a goal. */
export type GoalTurn = {
  /** `look`: the model is not asked, commands are only run. `first`: these words begin the work. */
  readonly kind: "look" | "first" | "further";
  /** On record as the turn begins. */
  readonly stand: EventOf<"goal.updated">;
  /** The commands to run after the model's last word. */
  commands(): readonly string[];
  /** Milliseconds that a command may take from now. */
  timeLeft(): number;
};

export type TurnResult = {
  readonly end: TurnEnd;
  readonly tree: string | null;
  readonly evidence: readonly CheckEvidence[];
  /** The model's last words; empty when there were none. */
  readonly lastMessage: string;
  readonly checksPassed: boolean;
  /** What the commands of the goal came to. */
  readonly verified: ReadonlyMap<string, CheckRun>;
  /** The model's plan as it was at the end of the turn; null when it showed none. */
  readonly plan: TodoListItem | null;
  /** Whether the turn may have changed files. */
  readonly changedFiles: boolean;
  /** What the turn's model calls took, and those of all turns by model. */
  readonly usage: Usage;
  readonly threadUsage: ReadonlyMap<string, Usage>;
};

export type AgentThread = {
  readonly id: string;
  /** What the next model call would be sent, with `input` as the user's words. Changes nothing. */
  preview(input: TurnInput): ModelRequest;
  /** The files that the model was told of since the beginning, as they were told last. */
  told(): readonly ToldFile[];
  run(input: TurnInput): Promise<TurnResult>;
  /** Words for the running turn: in the log at once, with the model at its next call. */
  steer(text: string): void;
  /** The oldest words that were left for the thread by another process and no turn has taken: the next turn's input. */
  nextMessage(): { readonly text: string; readonly messageId: string } | null;
  interrupt(): void;
  /** Another level from the next decision on, also while a turn runs; it stays with the thread. */
  setAutonomy(level: AutonomyLevel): void;
  /** Puts on record how far a goal is, between turns. */
  record(stand: EventOf<"goal.updated">): void;
  /** What the workspace's network asks and tells. */
  readonly network: NetworkPorts;
  close(): void;
};

/** Opens the turn in the log, after giving an end to whatever a killed process left open. Its effort. */
const beginTurn = (state: ThreadState, setup: ThreadSetup, input: TurnInput): Effort | undefined => {
  const { emit, facts } = state;
  const { model, workspace, version, instructions, surroundings } = setup;
  if (state.events.length === 0) {
    const { root: cwd } = workspace;
    emit({ type: "thread.started", thread_id: state.log.id, cwd, model: model.info.id, version, instructions });
  }
  for (const event of repairEvents(facts, state.conversation.unanswered())) emit(event);
  const effort = effortOf(state, setup, input);
  const asked = effort === undefined ? {} : { effort };
  emit({ type: "turn.started", turn: facts.turns() + 1, model: model.info.id, ...asked });
  if (facts.surroundings() !== surroundings) {
    const { role, content } = surroundingsMessage(surroundings);
    emit({ type: "input.added", role, content });
  }
  if (input.goal !== undefined) emit(input.goal.stand);
  if (input.goal?.kind === "look") return effort;
  const { text, images, messageId } = input;
  // A goal's turns are one after the other's continuation: what is queued goes with the next.
  takeSteers(state, { own: messageId, queued: input.goal !== undefined });
  const source = input.goal?.kind === "further" ? "harness" : "user";
  accept(state, { text, source, images, ...(messageId === undefined ? {} : { messageId }) });
  return effort;
};

/** The effort of the turn that these words begin. */
const effortOf = (state: ThreadState, setup: ThreadSetup, input: TurnInput): Effort | undefined =>
  setup.effortChosen
    ? setup.effort
    : defaultEffort([...requestsIn(state.facts.live(state.events)), input.text], setup.effort);

/** The id that services find their cache of the conversation by: a fork keeps that of the thread which it began as. */
const cacheKeyOf = (state: ThreadState): string =>
  state.events.find((event) => event.type === "thread.started")?.thread_id ?? state.log.id;

/** Who comes back to a run that a limit ended wants to know how far it came. */
const tellStand = (state: ThreadState): void =>
  state.notice(`stopped by the budget. ${standOf(workRecord(state.facts.live(state.events)))}`);

const endTurn = (state: ThreadState, end: TurnEnd, judged: Awaited<ReturnType<typeof judgeEvidence>>): void => {
  const tree = judged.tree === null ? {} : { tree: judged.tree };
  if (end.type === "failed" && end.failure.code === "budget") tellStand(state);
  if (end.type === "completed") {
    state.emit({ type: "turn.completed", usage: state.spending.turn(), ...tree, evidence: judged.checks });
  } else {
    const { message, code } = end.failure;
    state.emit({ type: "turn.failed", error: { message, code }, usage: state.spending.turn(), ...tree });
  }
  state.log.sync();
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

const toolContext = (
  state: ThreadState,
  setup: ThreadSetup,
  snapshots: SnapshotKeeper,
  permission: Permission,
  signal: AbortSignal,
): ToolContext => ({
  workspace: setup.workspace,
  policy: setup.policy,
  permission,
  model: setup.model.info,
  emit: state.emit,
  nextItemId: () => state.facts.nextItemId(),
  redaction: setup.redaction,
  outputPath: (itemId) => state.log.outputPath(itemId),
  settleSnapshot: () => snapshots.settle(),
  filesMayHaveChanged: (itemId) => snapshots.changedBy(itemId),
  live: setup.live,
  signal,
});

/** What is compared with the log must have lost what the log has lost. */
const withoutSecrets = (setup: ThreadSetup): ThreadSetup => ({
  ...setup,
  instructions: redactText(setup, setup.instructions),
  surroundings: redactText(setup, setup.surroundings),
});

const historyOf = (state: ThreadState): Tool =>
  createHistoryTool((visit) =>
    visitItems(state.log.path, (item, event) => {
      if (state.facts.isLive(event.seq)) visit(withOwnOutput(item, state.log.outputFolder), event.at);
    }),
  );

const createTools = (state: ThreadState, setup: ThreadSetup, mayEscalate: boolean) => {
  const { model, askPerson } = setup;
  const shell = createShellTool({ mayEscalate });
  const plan = createPlanTool();
  const images = model.info.images ? [viewImageTool] : [];
  const questions = askPerson === undefined ? [] : [createAskPersonTool(askPerson)];
  const own = [shell.tool, applyPatchTool, plan.tool, historyOf(state), ...images, ...questions];
  const available: Tool[] = [...own, ...(setup.tools ?? [])];
  return { shell, plan, available, tools: new Map(available.map((tool) => [tool.spec.name, tool])) };
};

type Checked = {
  readonly passed: boolean;
  readonly verified: ReadonlyMap<string, CheckRun>;
  readonly cutOff: boolean;
};
const nothingChecked: Checked = { passed: true, verified: new Map(), cutOff: false };

/** What follows the model's last word. */
const runChecks = async (input: TurnInput, context: ToolContext): Promise<Checked> => {
  const { signal } = context;
  let passed = true;
  for (const command of input.checks)
    if (!signal.aborted) passed = (await runCheck(command, context, { from: "person" })).passed && passed;
  const verified = new Map<string, CheckRun>();
  const commands = input.goal?.commands() ?? [];
  for (const command of new Set(commands)) {
    const timeoutMs = input.goal?.timeLeft() ?? 0;
    if (!signal.aborted) verified.set(command, await runCheck(command, context, { from: "plan", timeoutMs }));
  }
  return { passed, verified, cutOff: signal.aborted && input.checks.length + commands.length > 0 };
};

/** A thread with its one writer: takes input, runs turns, and keeps log and listeners in step. */
export const createAgentThread = (given: ThreadSetup): AgentThread => {
  const setup = withoutSecrets(given);
  const { log, workspace, policy, model } = setup;
  const state = createThreadState(log, setup.events, setup.onEvent, createEventRedaction(setup.redaction));
  const started = setup.events.find((event) => event.type === "thread.started");
  let controller = new AbortController();
  const approvals = createThreadApprovals(setup, state, () => controller.signal);
  const { shell, plan, available, tools } = createTools(state, setup, approvals.mayEscalate);
  const deliver = createDelivery(state, setup);
  const compactor = createCompactor(state, model, setup.compactAt ?? null);

  const request = (input: TurnInput, effort: Effort | undefined): ModelRequest => ({
    instructions: started?.instructions ?? setup.instructions,
    tools: available.map((tool) => tool.spec),
    input: state.conversation.input,
    cacheKey: cacheKeyOf(state),
    ...(effort === undefined ? {} : { effort }),
    ...(input.outputSchema === undefined ? {} : { outputSchema: input.outputSchema }),
  });

  const run = async (input: TurnInput): Promise<TurnResult> => {
    controller = new AbortController();
    const { signal } = controller;
    const effort = beginTurn(state, setup, input);
    approvals.tellLevel();
    const snapshots = createSnapshotKeeper(workspace.snapshots, state.emit, state.notice);
    const context = toolContext(state, setup, snapshots, approvals.permission, signal);
    if (input.compact === true) await compactor.makeRoom("command", request(input, effort), signal);
    const think = (): Promise<TurnEnd> =>
      runTurn({
        model,
        tools,
        request() {
          // The first snapshot is taken beside the model's thinking, once the request has left.
          if (policy.mode !== "read-only") setImmediate(snapshots.begin);
          return request(input, effort);
        },
        emit: state.emit,
        nextItemId: context.nextItemId,
        deliverInput: deliver,
        runTool: (tool, call) => tool.run(call, context),
        decideRetry: setup.decideRetry,
        overBudget: () => setup.overBudget(state.spending.models()),
        makeRoom: (reason) => compactor.makeRoom(reason, request(input, effort), signal),
        wait: (ms) => abortableWait(ms, signal),
        live: setup.live,
        signal,
      });
    let end: TurnEnd = input.goal?.kind === "look" ? { type: "completed" } : await think();
    await shell.close();
    const shown = plan.finish(context);
    const checked = end.type === "completed" ? await runChecks(input, context) : nothingChecked;
    // Checks that were asked for belong to the turn: without them it is not complete.
    if (checked.cutOff) end = { type: "failed", failure: interrupted };
    if (snapshots.changed) await snapshots.settle();
    snapshots.stop();
    const judged = await judgeEvidence(state.facts.live(state.events), loadShellAnalysis);
    endTurn(state, end, judged);
    return {
      end,
      tree: judged.tree,
      evidence: judged.checks,
      lastMessage: state.lastMessage,
      checksPassed: checked.passed,
      verified: checked.verified,
      plan: shown,
      changedFiles: snapshots.changed,
      usage: state.spending.turn(),
      threadUsage: state.spending.models(),
    };
  };

  return {
    id: log.id,
    preview: (input) => previewed(request(input, effortOf(state, setup, input)), state, setup, input),
    told: () => state.told.all(),
    run,
    steer: (text) => accept(state, { text, source: "steer", images: [] }),
    nextMessage: () => nextMessage(state),
    interrupt: () => controller.abort(),
    setAutonomy: approvals.setAutonomy,
    record(stand) {
      state.emit(stand);
      log.sync();
    },
    network: { ask: approvals.permission.network, decided: approvals.permission.networkDecided },
    close: () => log.close(),
  };
};
