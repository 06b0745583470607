import { resolve } from "node:path";
import type { ApprovalSubject, LoggedEvent, ThreadEvent, Usage } from "@fettle/protocol";
import {
  loadShellAnalysis,
  type NetworkDecision,
  type NetworkRequest,
  type Policy,
  parsePatch,
  type SandboxMode,
  type Verdict,
} from "@fettle/workspace";
import { allowHost, entryFor, withPorts } from "./allowed-hosts.ts";
import { createAsk } from "./ask.ts";
import { type Autonomy, type AutonomyKind, type AutonomySettings, levelFor, strictest } from "./autonomy.ts";
import { type Decision, decide, modeAt, withHook } from "./decide.ts";
import { gitEnvironment, gitOnHost, withGitQuestions } from "./git-on-host.ts";
import { grantsOf } from "./grants.ts";
import { offerHost, offerRules, offerTool } from "./proposals.ts";
import { answered, interruptedRefusal, refused } from "./refusal.ts";
import type { RuleBook } from "./rule-book.ts";
import type {
  Answer,
  ApprovalSetup,
  CommandPermit,
  CommandRequest,
  ElicitationRequest,
  PatchRequest,
  Permission,
  Permit,
  ToolRequest,
} from "./types.ts";

export type PermissionPorts = {
  readonly setup: ApprovalSetup;
  readonly policy: Policy;
  readonly root: string;
  readonly threadId: string;
  readonly events: Iterable<LoggedEvent>;
  readonly rules: RuleBook;
  /** The settings with the level that holds right now. */
  autonomy(): AutonomySettings;
  /** The running turn's. */
  signal(): AbortSignal;
  emit(event: ThreadEvent): void;
  nextItemId(): string;
  notice(message: string): void;
  spent(model: string, usage: Usage): void;
  redact(text: string): string;
};

const allows = (answer: Answer): boolean => answer.choice !== "no";

/** What each kind of permission shares: the ports, the one queue of questions, the grants. */
type Desk = ReturnType<typeof openDesk>;

const policyOf = (desk: Desk, mode: SandboxMode): Policy => ({ ...desk.ports.policy, network: desk.network, mode });

const openDesk = (ports: PermissionPorts) => {
  const { setup, policy, threadId, rules, emit, nextItemId, notice, spent, redact } = ports;
  const grants = grantsOf(ports.events);
  const ask = createAsk({
    approver: setup.approver,
    reviewer: setup.reviewer,
    grants,
    threadId,
    emit,
    nextItemId,
    notice,
    spent,
    redact,
    always: (subject, proposal) =>
      subject.kind === "network" ? Promise.resolve(allowHost(setup.home, proposal)) : rules.add(proposal),
  });
  return {
    ports,
    grants,
    ask,
    /** Answers about a host's port that hold as long as the commands that run now: one command opens many connections. */
    hosts: new Map<string, boolean>(),
    level: (kind: AutonomyKind, place: string | null): Autonomy => levelFor(ports.autonomy(), kind, place),
    readOnly: policy.mode === "read-only",
    network: policy.network,
  };
};

const commandPermit = (desk: Desk, request: CommandRequest, mode: SandboxMode): CommandPermit => {
  const policy = policyOf(desk, mode);
  const git = mode === "danger-full-access" ? gitOnHost(request.script) : null;
  return git === null
    ? { ok: true, policy, script: request.script, env: {} }
    : { ok: true, policy, script: git, env: gitEnvironment };
};

const permitCommand = async (desk: Desk, request: CommandRequest): Promise<CommandPermit> => {
  const { rules, signal } = desk.ports;
  const { script, cwd, escalate } = request;
  desk.hosts.clear();
  const judged = await rules.judge(script);
  const level = desk.level("command", `${cwd}/`);
  const full = level.level === "full";
  // At `full` there is no sandbox that a rule could let anything out of.
  const seen = (said: Verdict): Verdict => (full ? said : withGitQuestions(script, said));
  const verdict = seen(judged);
  const given = { level: level.level, readOnly: desk.readOnly };
  const decideWith = (said: Verdict): Decision =>
    decide({ kind: "command", verdict: said, outside: escalate !== null }, { ...given, granted: false });
  const first = withHook(decideWith(verdict), request.hook);
  if (first.type === "run") return commandPermit(desk, request, first.mode);
  if (first.type === "refuse") return refused(first.why, verdict.rule);
  if (request.pty && first.mode === "danger-full-access" && !full)
    return refused("outside of the sandbox a command gets no terminal: what is typed there is not judged", null);
  const run = first.mode === "danger-full-access" ? "host" : "sandbox";
  const subject: ApprovalSubject = { kind: "command", command: script, cwd, run };
  if (desk.grants.has(subject)) return commandPermit(desk, request, first.mode);
  // At `suggest` a command is asked about whatever rules allow.
  const offers = level.level !== "suggest" && verdict.unclear === null && request.hook?.decision !== "ask";
  const question = {
    script,
    // What runs without a sandbox because of the level alone needs no rule that lets it out.
    run: full ? undefined : run,
    unmatchedRuns: level.level !== "edit",
    first,
    decideWith: (said: Verdict) => decideWith(seen(said)),
  } as const;
  const offer = offers ? await offerRules(rules, question) : null;
  const reason = escalate === null ? {} : { reason: escalate };
  const { why, reviewable } = first;
  const answer = await desk.ask({ subject, why, reviewable, ...reason, offer }, signal());
  if (signal().aborted) return interruptedRefusal();
  // The rule is named only where it is the reason.
  const because = first.why === verdict.why ? verdict.rule : null;
  return allows(answer) ? commandPermit(desk, request, first.mode) : answered(first.why, because, answer);
};

const patchPaths = (patch: string): string[] => {
  const parsed = parsePatch(patch);
  // A patch that cannot be read changes nothing; the tool says what is wrong with it.
  if (!parsed.ok) return [];
  return parsed.operations.flatMap((operation) =>
    operation.kind === "update" && operation.movePath !== undefined
      ? [operation.path, operation.movePath]
      : [operation.path],
  );
};

const permitPatch = async (desk: Desk, request: PatchRequest): Promise<Permit> => {
  const paths = patchPaths(request.patch);
  const level =
    strictest(paths.map((path) => desk.level("patch", resolve(request.cwd, path)))) ?? desk.level("patch", null);
  const subject: ApprovalSubject = { kind: "patch", paths, diff: request.patch };
  const granted = paths.length === 0 || desk.grants.has(subject);
  const judged = decide({ kind: "patch" }, { level: level.level, readOnly: desk.readOnly, granted });
  const decision = granted ? judged : withHook(judged, request.hook);
  if (decision.type === "run") return { ok: true, policy: policyOf(desk, decision.mode) };
  if (decision.type === "refuse") return refused(decision.why, null);
  const { signal } = desk.ports;
  const why = judged.type === "ask" ? `${decision.why} (${level.why})` : decision.why;
  const answer = await desk.ask({ subject, why, reviewable: false, offer: null }, signal());
  if (signal().aborted) return interruptedRefusal();
  return allows(answer) ? { ok: true, policy: policyOf(desk, decision.mode) } : answered(decision.why, null, answer);
};

const permitTool = async (desk: Desk, { hook, ...request }: ToolRequest): Promise<Permit> => {
  const { server, tool } = request;
  const { level } = desk.level("tool", null);
  const verdict = await desk.ports.rules.judgeTool({ server, tool });
  const subject: ApprovalSubject = { kind: "tool", ...request };
  const granted = desk.grants.has(subject);
  const judged = decide({ kind: "tool", verdict }, { level, readOnly: desk.readOnly, granted });
  const decision = granted ? judged : withHook(judged, hook);
  if (decision.type === "run") return { ok: true, policy: policyOf(desk, decision.mode) };
  if (decision.type === "refuse") return refused(decision.why, verdict.rule);
  const { signal } = desk.ports;
  const offered = level !== "suggest" && verdict.decision === "unmatched" && hook?.decision !== "ask";
  const offer = offered ? offerTool((await loadShellAnalysis()).toolRuleText({ server, tool })) : null;
  const answer = await desk.ask({ subject, why: decision.why, reviewable: false, offer }, signal());
  if (signal().aborted) return interruptedRefusal();
  if (allows(answer)) return { ok: true, policy: policyOf(desk, decision.mode) };
  const refusal = answered(decision.why, verdict.rule, answer);
  if (answer.by !== "nobody" || verdict.decision !== "unmatched") return refusal;
  const remedy = `to allow it: [[tool]] server = ${JSON.stringify(server)}, tool = ${JSON.stringify(tool)}, decision = "allow" in rules.toml (docs/mcp.md)`;
  return { ...refusal, error: `${refusal.error}; ${remedy}`, result: `${refusal.result}\nFor the user, ${remedy}` };
};

const answerElicitation = (desk: Desk, request: ElicitationRequest): Promise<Answer> => {
  const subject: ApprovalSubject = { kind: "elicitation", ...request, fields: [...request.fields] };
  const why = "the server wants an answer before it goes on; what you say is sent to it";
  return desk.ask({ subject, why, reviewable: false, offer: null, choices: ["once", "no"] }, desk.ports.signal());
};

/** The whole entry holds from the next command on, what was asked about at once. */
const allowAlways = (desk: Desk, subject: ApprovalSubject, entry: string): void => {
  desk.grants.add(subject);
  const { network } = desk;
  if (network.kind === "domains") desk.network = { ...network, allow: [...network.allow, ...withPorts(entry)] };
};

const permitHost = async (desk: Desk, request: NetworkRequest): Promise<boolean> => {
  const { host, port, protocol, by = "a command" } = request;
  const subject: ApprovalSubject = { kind: "network", host, port, protocol };
  const { level } = desk.level("network", null);
  const decision = decide({ kind: "network" }, { level, readOnly: desk.readOnly, granted: desk.grants.has(subject) });
  if (decision.type !== "ask") return decision.type === "run";
  const asked = `${host} ${port}`;
  const known = desk.hosts.get(asked);
  if (known !== undefined) return known;
  const why = `${by} wants to reach ${host}:${port}, and ${decision.why}`;
  const offer = offerHost(entryFor(host, port), { host, port });
  const answer = await desk.ask({ subject, why, reviewable: false, offer }, desk.ports.signal());
  desk.hosts.set(asked, allows(answer));
  if (answer.choice === "always") allowAlways(desk, subject, answer.proposal ?? offer.proposal);
  return allows(answer);
};

/** The permission of a thread: judges what the model wants to do, asks where needed, remembers the answers. */
export const createPermission = (ports: PermissionPorts): Permission => {
  const desk = openDesk(ports);
  const told = new Set<string>();
  return {
    command: (request) => permitCommand(desk, request),
    patch: (request) => permitPatch(desk, request),
    async check(script) {
      const verdict = await ports.rules.judge(script);
      if (verdict.decision === "never" && verdict.rule?.layer === "built-in") return refused(verdict.why, verdict.rule);
      const { level } = desk.level("command", `${ports.root}/`);
      return { ok: true, policy: policyOf(desk, modeAt(level, desk.readOnly)) };
    },
    tool: (request) => permitTool(desk, request),
    elicitation: (request) => answerElicitation(desk, request),
    async policy() {
      desk.hosts.clear();
      return policyOf(desk, modeAt(desk.level("command", `${ports.root}/`).level, desk.readOnly));
    },
    network: (request) => permitHost(desk, request),
    withoutNetwork(why) {
      if (desk.network.kind === "none") return;
      desk.network = { kind: "none" };
      ports.notice(`commands have no network here: ${why}`);
    },
    networkDecided({ host, port, protocol, method, allowed, why }: NetworkDecision) {
      // A download opens hundreds of connections; the log tells each kind once.
      const key = JSON.stringify([host, port, protocol, method, allowed]);
      if (told.has(key)) return;
      told.add(key);
      ports.emit({ type: "network.decided", host, port, protocol, method, allowed, why });
    },
  };
};
