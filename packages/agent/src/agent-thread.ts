import { loadShellAnalysis } from "@fettle/workspace";
import { abortableWait } from "./abortable-wait.ts";
import { type Agents, createAgents, cutHelpers } from "./agents/agents.ts";
import { withOneDesk } from "./agents/in-turn.ts";
import { createThreadApprovals } from "./approvals/thread-approvals.ts";
import type { Permission } from "./approvals/types.ts";
import { interrupted } from "./ask-model.ts";
import { createBrowserTool } from "./browser/browser-tool.ts";
import { createCompactor } from "./compaction/compactor.ts";
import { standOf, workRecord } from "./compaction/record.ts";
import { defaultEffort, requestsIn } from "./effort.ts";
import { judgeEvidence } from "./evidence.ts";
import { withOwnOutput } from "./fork.ts";
import { hookPorts } from "./hooks/hook-ports.ts";
import { createThreadHooks, type ThreadHooks } from "./hooks/thread-hooks.ts";
import { repairEvents } from "./interrupted.ts";
import { mcpTools } from "./mcp/tools.ts";
import type { Effort, ModelRequest } from "./model.ts";
import { createEventRedaction } from "./redact/redact-event.ts";
import { nothingChecked, runChecks } from "./run-checks.ts";
import { createSnapshotKeeper, type SnapshotKeeper } from "./snapshot-keeper.ts";
import { visitItems } from "./thread/read-items.ts";
import { watchStops } from "./thread/stop-request.ts";
import type { ThreadLog } from "./thread/types.ts";
import type { AgentThread, ThreadSetup, TurnInput, TurnResult } from "./thread-setup.ts";
import { createThreadState, type ThreadState } from "./thread-state.ts";
import { createDelivery, previewed, redactText, surroundingsMessage } from "./told-input.ts";
import { applyPatchTool } from "./tools/apply-patch.ts";
import { createAskPersonTool } from "./tools/ask-person.ts";
import { createHistoryTool } from "./tools/history.ts";
import { createShellTool } from "./tools/shell.ts";
import type { Tool, ToolContext } from "./tools/tool.ts";
import { createPlanTool } from "./tools/update-plan.ts";
import { viewImageTool } from "./tools/view-image.ts";
import { runTurn, type TurnEnd } from "./turn.ts";
import { accept, giveBack, nextMessage, takeSteers } from "./user-input.ts";

/** Opens the turn in the log, after giving an end to whatever a killed process left open. Its effort. */
const beginTurn = (state: ThreadState, setup: ThreadSetup, input: TurnInput): Effort | undefined => {
  const { emit, facts } = state;
  const { model, workspace, version, instructions, surroundings, parent } = setup;
  if (state.events.length === 0) {
    const { root: cwd } = workspace;
    const helps = parent === undefined ? {} : { parent: parent.id, role: parent.role };
    emit({
      type: "thread.started",
      thread_id: state.log.id,
      cwd,
      model: model.info.id,
      version,
      instructions,
      ...helps,
    });
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
  return effort;
};

type Ended = Pick<TurnResult, "end" | "checksPassed" | "verified" | "plan" | "changedFiles">;

/** Judges the evidence and puts the turn's end on record. */
const finishTurn = async (state: ThreadState, ended: Ended): Promise<TurnResult> => {
  const judged = await judgeEvidence(state.facts.live(state.events), loadShellAnalysis);
  endTurn(state, ended.end, judged);
  return {
    ...ended,
    tree: judged.tree,
    evidence: judged.checks,
    lastMessage: state.lastMessage,
    usage: state.spending.turn(),
    threadUsage: state.spending.models(),
  };
};

/** Takes the turn's words into the log. */
const takeWords = (state: ThreadState, input: TurnInput): void => {
  const { text, images, messageId } = input;
  // A goal's turns are one after the other's continuation: what is queued goes with the next.
  takeSteers(state, { own: messageId, queued: input.goal !== undefined });
  const source = input.goal?.kind === "further" ? "harness" : "user";
  accept(state, { text, source, images, ...(messageId === undefined ? {} : { messageId }) });
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
  currentTree: () => snapshots.now(),
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

const createTools = (state: ThreadState, setup: ThreadSetup, mayEscalate: boolean, helpers: readonly Tool[]) => {
  const { model, askPerson, policy } = setup;
  // Without a network commands have no loopback in common, so there is nothing that a browser could look at.
  const offered = setup.browser !== undefined && policy.network.kind !== "none";
  const browser = offered ? createBrowserTool(setup.browser?.program ?? null) : null;
  const shell = createShellTool({ mayEscalate });
  const plan = createPlanTool();
  const images = model.info.images ? [viewImageTool] : [];
  const questions = askPerson === undefined ? [] : [createAskPersonTool(askPerson)];
  const own = [
    shell.tool,
    applyPatchTool,
    plan.tool,
    historyOf(state),
    ...images,
    ...questions,
    ...(browser === null ? [] : [browser.tool]),
  ];
  const mcp = setup.mcp === undefined ? [] : mcpTools(setup.mcp);
  const given = [...(setup.tools ?? []), ...mcp].filter(
    ({ reachesOut }) => reachesOut !== true || policy.mode !== "read-only",
  );
  const available: Tool[] = [...own, ...helpers, ...given];
  return { shell, plan, browser, available, tools: new Map(available.map((tool) => [tool.spec.name, tool])) };
};

/** The end of a turn in which the model is not asked; null for any other. */
const endWithoutModel = (input: TurnInput, signal: AbortSignal): TurnEnd | null => {
  if (input.goal?.kind === "look") return { type: "completed" };
  if (input.compact !== "alone") return null;
  return signal.aborted ? { type: "failed", failure: interrupted } : { type: "completed" };
};

const closeThread = async (log: ThreadLog, agents: Agents, hooks: ThreadHooks): Promise<void> => {
  // Where there is nothing to wait for the log is closed when this returns.
  if (agents.isAtWork() || hooks.hasEnd()) {
    await agents.close();
    await hooks.sessionEnds();
  }
  log.close();
};

const refusedTurn = (message: string): TurnEnd => ({
  type: "failed",
  failure: { code: "refused", message, transient: false },
});

/** Runs turns that another process may stop. */
const stoppable =
  (state: ThreadState, stop: () => void, run: AgentThread["run"]): AgentThread["run"] =>
  async (input) => {
    const endWatch = watchStops(state.log.path, () => state.facts.turns(), stop);
    try {
      return await run(input);
    } finally {
      endWatch();
      giveBack(state, input.messageId);
    }
  };

/** A thread with its one writer: takes input, runs turns, and keeps log and listeners in step. */
export const createAgentThread = (given: ThreadSetup): AgentThread => {
  const setup = withOneDesk(withoutSecrets(given));
  const { log, workspace, policy, model } = setup;
  const state = createThreadState(log, setup.events, setup.onEvent, createEventRedaction(setup.redaction));
  const started = setup.events.find((event) => event.type === "thread.started");
  let controller = new AbortController();
  const tell = (text: string): void => accept(state, { text, source: "harness", images: [] });
  const hooks = createThreadHooks({ ...hookPorts(state, setup), tell });
  const agents = createAgents({ setup, state, open: createAgentThread, tell });
  const approvals = createThreadApprovals(setup, state, () => controller.signal, hooks.answering);
  const { shell, plan, browser, available, tools } = createTools(state, setup, approvals.mayEscalate, agents.tools);
  const deliver = createDelivery(state, setup);
  const compactor = createCompactor(state, model, setup.compactAt ?? null, hooks.compaction);

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
    const cut = cutHelpers(state);
    const effort = beginTurn(state, setup, input);
    await agents.beginTurn(cut);
    const asks = input.goal?.kind !== "look" && input.compact !== "alone";
    const refused = asks ? await hooks.refuseTurn(input.text, signal) : null;
    if (asks && refused === null) takeWords(state, input);
    approvals.tellLevel();
    const snapshots = createSnapshotKeeper(workspace.snapshots, state.emit, state.notice);
    const context = toolContext(state, setup, snapshots, approvals.permission, signal);
    if ((input.compact ?? false) !== false) await compactor.makeRoom("command", request(input, effort), signal);
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
        runTool: (tool, call) => hooks.callTool(tool, call, context),
        mayEnd: async () => !(await agents.hearOut(context)) && hooks.mayStop(state.lastMessage, signal),
        decideRetry: setup.decideRetry,
        overBudget: () => setup.overBudget(state.spending.models()),
        makeRoom: (reason) => compactor.makeRoom(reason, request(input, effort), signal),
        wait: (ms) => abortableWait(ms, signal),
        live: setup.live,
        signal,
      });
    const silent = endWithoutModel(input, signal);
    let end: TurnEnd = silent ?? (refused === null ? await think() : refusedTurn(refused));
    await agents.endTurn();
    await Promise.all([shell.close(), browser?.close()]);
    const shown = plan.finish(context);
    const checked = end.type === "completed" ? await runChecks(input, context) : nothingChecked;
    // Checks that were asked for belong to the turn: without them it is not complete.
    if (checked.cutOff) end = { type: "failed", failure: interrupted };
    if (snapshots.changed) await snapshots.settle();
    snapshots.stop();
    const { passed: checksPassed, verified } = checked;
    return finishTurn(state, { end, checksPassed, verified, plan: shown, changedFiles: snapshots.changed });
  };

  return {
    id: log.id,
    preview: (input) => previewed(request(input, effortOf(state, setup, input)), state, setup, input),
    told: () => state.told.all(),
    run: stoppable(state, () => controller.abort(), run),
    steer: (text) => accept(state, { text, source: "steer", images: [] }),
    nextMessage: () => nextMessage(state),
    interrupt: () => controller.abort(),
    setAutonomy: approvals.setAutonomy,
    record(stand) {
      state.emit(stand);
      log.sync();
    },
    network: { ask: approvals.permission.network, decided: approvals.permission.networkDecided },
    close: () => closeThread(log, agents, hooks),
  };
};
