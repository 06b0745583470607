import { dirname, join, relative } from "node:path";
import type { ThreadEvent } from "@fettle/protocol";
import { type NetworkPorts, openWorkspace, type Policy, type Workspace } from "@fettle/workspace";
import { modeAt } from "../approvals/decide.ts";
import { settingsOfThread } from "../approvals/thread-autonomy.ts";
import { ephemeralRoot } from "../thread/thread-files.ts";
import { createEphemeralThread, createThread } from "../thread/thread-log.ts";
import type { AgentThread, ThreadSetup } from "../thread-setup.ts";
import type { ThreadState } from "../thread-state.ts";
import type { HelperCopy } from "./copies.ts";
import { askingFor } from "./in-turn.ts";
import type { Role } from "./roles.ts";
import type { AgentRequest, AgentsSetup, Crowd } from "./types.ts";

export type HelperPorts = {
  /** Those of the thread that is helped. */
  readonly setup: ThreadSetup;
  readonly agents: AgentsSetup;
  readonly state: ThreadState;
  readonly crowd: Crowd;
  open(setup: ThreadSetup): AgentThread;
};

export type OpenedHelper = {
  readonly thread: AgentThread;
  readonly workspace: Workspace;
  readonly model: string;
  close(): Promise<void>;
};

type Wanted = {
  readonly name: string;
  readonly role: Role;
  readonly request: AgentRequest;
  readonly copy: HelperCopy | null;
};

/** What the parent may not change, the helper may not change in its copy. */
const policyFor = (policy: Policy, from: string, to: string, readOnly: boolean, readable: string): Policy => ({
  ...policy,
  mode: readOnly ? "read-only" : policy.mode,
  readableRoots: [...policy.readableRoots, readable],
  fixedFiles: (policy.fixedFiles ?? []).flatMap((file) => [file, join(to, relative(from, file))]),
});

/** Each model call of a helper is told to its parent's log, once, where it counts for turn, thread and budget. */
const tellingUsage =
  (state: ThreadState, thread_id: string) =>
  (event: ThreadEvent): void => {
    if (event.type !== "model.completed" && event.type !== "usage.added") return;
    const { model, usage } = event;
    state.emit({ type: "usage.added", purpose: "agent", model, usage, thread_id });
  };

/** Opens a helper's thread with its model, its workspace and its questions. Throws when the model or a folder cannot be had. */
export const openHelper = async (wanted: Wanted, ports: HelperPorts): Promise<OpenedHelper> => {
  const { setup, agents, state, crowd } = ports;
  const { name, role, request, copy } = wanted;
  const { home } = agents;
  const { model, effort: usual, decideRetry } = await agents.openModel(request.model ?? role.model);
  const isEphemeral = dirname(state.log.path) === ephemeralRoot(home);
  const log = isEphemeral ? createEphemeralThread(home) : createThread(home);
  const from = setup.workspace.root;
  // The workspace asks through the thread, which is made with the workspace.
  const network: NetworkPorts = {
    ask: (asked) => thread.network.ask(asked),
    decided: (decision) => thread.network.decided(decision),
  };
  const root = copy?.plan.folder ?? from;
  const workspace = await openWorkspace({
    root,
    stateDir: home,
    threadId: log.id,
    network,
    ...(copy === null ? {} : { copyOf: from }),
  });
  const policy = policyFor(setup.policy, from, workspace.root, copy === null, log.outputFolder);
  const follows = setup.approvals.autonomy.follows ?? state.log.path;
  const autonomy = { ...setup.approvals.autonomy, root: workspace.root, follows };
  const { level } = settingsOfThread(autonomy, follows);
  const { approver } = setup.approvals;
  const label = `${name} (${role.name})`;
  const asking =
    approver === null ? null : askingFor(label, approver, { nextItemId: state.facts.nextItemId, emit: state.emit });
  const wish = request.effort ?? role.effort;
  const mode = modeAt(level, policy.mode === "read-only");
  // What a server writes belongs into the copy, which it is told as its workspace.
  const mcp = copy === null ? setup.mcp : setup.mcp?.in(workspace.root);
  const { askPerson: _, compactAt: __, agents: ___, effort: ____, ...inherited } = setup;
  const thread = ports.open({
    ...inherited,
    live: false,
    ...(mcp === undefined ? {} : { mcp }),
    ...(agents.depth > 1 ? { agents: { ...agents, depth: agents.depth - 1, crowd } } : {}),
    log,
    events: [],
    workspace,
    policy,
    approvals: { ...setup.approvals, autonomy, approver: asking },
    model,
    instructions: `${setup.instructions}\n\n${role.instructions}`,
    ...agents.tellable(workspace.root, { ...policy, mode }, level),
    effortChosen: setup.effortChosen || wish !== undefined,
    ...(usual === undefined ? {} : { effort: wish ?? usual }),
    overBudget: (models) => agents.overBudget(models) ?? setup.overBudget(state.spending.models()),
    decideRetry,
    parent: { id: state.log.id, role: role.name },
    onEvent: tellingUsage(state, log.id),
  });
  const close = async (): Promise<void> => {
    await thread.close();
    await workspace.close();
    if (copy !== null) await mcp?.close();
    await copy?.close();
  };
  return { thread, workspace, model: model.info.id, close };
};
