import type { AutonomyLevel } from "@fettle/protocol";
import type { Policy, Workspace } from "@fettle/workspace";
import { redactItem } from "../redact/redact-event.ts";
import type { Redaction } from "../redact/redactor.ts";
import type { Skill } from "../skills/load.ts";
import type { ThreadState } from "../thread-state.ts";
import { createThreadAutonomy } from "./thread-autonomy.ts";
import type { ApprovalSetup, Permission } from "./types.ts";

type Setup = {
  readonly approvals: ApprovalSetup;
  readonly policy: Policy;
  readonly workspace: Workspace;
  readonly redaction: Redaction | null;
  readonly skills?: readonly Skill[];
  readonly parent?: unknown;
};

/** What a thread may do and whom it asks, made with the thread; its larger part is loaded with the first decision. */
export type ThreadApprovals = {
  readonly permission: Permission;
  /** Whether the model is told that it can ask to leave the sandbox: only where there is one, and somebody to ask. */
  readonly mayEscalate: boolean;
  setAutonomy(level: AutonomyLevel): void;
  /** Puts the level that holds into the log, if the log says another: for who asks before the first decision of a turn. */
  tellLevel(): void;
};

const lazyPermission = (load: () => Promise<Permission>): Permission => {
  let loading: Promise<Permission> | null = null;
  const loaded = (): Promise<Permission> => {
    loading ??= load();
    return loading;
  };
  // Comes from the network at any moment: a log that is closed or full must not end the process from here. The next
  // event of the turn meets the same disk and tells it.
  const tell = (told: (permission: Permission) => void): void =>
    void loaded()
      .then(told)
      .catch(() => {});
  return {
    command: async (request) => (await loaded()).command(request),
    patch: async (request) => (await loaded()).patch(request),
    check: async (script) => (await loaded()).check(script),
    tool: async (request) => (await loaded()).tool(request),
    elicitation: async (request) => (await loaded()).elicitation(request),
    policy: async () => (await loaded()).policy(),
    network: async (request) => (await loaded()).network(request),
    networkDecided: (decision) => tell((permission) => permission.networkDecided(decision)),
    withoutNetwork: (why) => tell((permission) => permission.withoutNetwork(why)),
  };
};

type Answering = (approver: ApprovalSetup["approver"]) => ApprovalSetup["approver"];

/** `answering` may put somebody before the approver. */
export const createThreadApprovals = (
  setup: Setup,
  state: ThreadState,
  signal: () => AbortSignal,
  answering: Answering,
): ThreadApprovals => {
  const { approvals, policy, workspace, redaction } = setup;
  const { log, emit, facts, notice } = state;
  const approver = answering(approvals.approver);
  const asked: ApprovalSetup["approver"] =
    approver === null ? null : (question, abort) => approver(redactItem(question, redaction), abort);
  const autonomy = createThreadAutonomy(approvals.autonomy, log, state.events, emit);
  // Only a person puts a skill to use, by naming it; a helper's words are a model's.
  const inUse = (): readonly Skill[] => {
    if (setup.parent !== undefined) return [];
    const named = state.told.latest("skill");
    return named.size === 0 ? [] : (setup.skills ?? []).filter(({ path }) => named.has(path));
  };
  const permission = lazyPermission(async () => {
    const [{ createPermission }, { createRuleBook }] = await Promise.all([
      import("./permission.ts"),
      import("./rule-book.ts"),
    ]);
    return createPermission({
      setup: { ...approvals, approver: asked },
      rules: createRuleBook({ home: approvals.home, root: workspace.root }, notice, inUse),
      policy,
      root: workspace.root,
      threadId: log.id,
      events: facts.live(state.events),
      autonomy: autonomy.current,
      signal,
      emit,
      nextItemId: facts.nextItemId,
      notice,
      spent: (model, usage) => emit({ type: "usage.added", purpose: "review", model, usage }),
      redact: (text) => redaction?.text(text) ?? text,
    });
  });
  return {
    permission,
    mayEscalate:
      approvals.approver !== null && policy.mode === "workspace-write" && approvals.autonomy.level !== "full",
    setAutonomy: autonomy.set,
    tellLevel: () => void autonomy.current(),
  };
};
