import { type Candidate, loadThreadRules, type SeenCommand } from "@fettle/agent";
import { loadShellAnalysis, type Policy, type RunningCommand, type Workspace } from "@fettle/workspace";
import type { Colours } from "../render/colours.ts";
import { oneLine } from "../render/plain-text.ts";
import { CommandError } from "../usage-error.ts";

/* Runs commands that nothing is known of, one after the other, and tells how each went. */

const exitInterrupted = 130;
const tailLines = 3;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A line of progress. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Nothing but the folder, and no network: what works here works for the model. */
export const policy: Policy = {
  mode: "workspace-write",
  writableRoots: [],
  readableRoots: [],
  network: { kind: "none" },
  hiddenPaths: [],
  secrets: [],
};

type Outcome = { readonly passed: boolean; readonly durationMs: number; readonly how: string; readonly tail: string };

/** Ends the running command at a signal; `stopped` says that there was one. */
export const watchSignals = () => {
  let running: RunningCommand | null = null;
  let stopped = false;
  const handler = (): void => {
    if (stopped) process.exit(exitInterrupted);
    stopped = true;
    void running?.kill();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handler);
  return {
    stopped: () => stopped,
    running(command: RunningCommand | null): void {
      running = command;
      if (stopped) void command?.kill();
    },
    release(): void {
      for (const signal of signals) process.off(signal, handler);
    },
  };
};
export type Signals = ReturnType<typeof watchSignals>;

const runOne = async (workspace: Workspace, script: string, timeoutMs: number, signals: Signals): Promise<Outcome> => {
  const started = await workspace.start({ script, cwd: workspace.root, policy, timeoutMs });
  if (!started.ok) return { passed: false, durationMs: 0, how: started.message, tail: "" };
  let output = "";
  started.command.onOutput((chunk) => {
    output = (output + chunk.toString("utf8")).slice(-4000);
  });
  signals.running(started.command);
  const exit = await started.command.exited;
  signals.running(null);
  const how = exit.timedOut
    ? `still ran after ${seconds(timeoutMs)}`
    : exit.code === null
      ? `ended by ${exit.signal}`
      : `exit ${exit.code}`;
  const tail = output.trimEnd().split("\n").slice(-tailLines).join("\n");
  return { passed: exit.code === 0, durationMs: exit.durationMs, how, tail };
};

export type Ports = {
  readonly workspace: Workspace;
  readonly timeoutMs: number;
  readonly signals: Signals;
  readonly colours: Colours;
  /** Why a person's rules keep it from being run without a question; null when they do not. */
  readonly forbidden: (script: string) => string | null;
};

/** Tries one way after the other. What was seen to work, or null. */
export const tryCandidate = async (candidate: Candidate, ports: Ports): Promise<SeenCommand | null> => {
  const { colours: c, signals } = ports;
  for (const command of [candidate.command, ...candidate.otherwise]) {
    if (signals.stopped()) return null;
    const why = ports.forbidden(command);
    if (why !== null) {
      say(`${c.yellow("-")} ${oneLine(command, 120)} — not run: ${oneLine(why, 200)}`);
      continue;
    }
    say(c.dim(`  ${oneLine(command, 120)} … (${oneLine(candidate.source, 100)})`));
    const { passed, durationMs, how, tail } = await runOne(ports.workspace, command, ports.timeoutMs, signals);
    if (signals.stopped()) return null;
    const mark = passed ? c.green("✓") : c.red("✗");
    say(`${mark} ${oneLine(command, 120)} — ${oneLine(how, 200)} · ${seconds(durationMs)}`);
    if (passed) return { purpose: candidate.purpose, command, durationMs };
    for (const line of tail === "" ? [] : tail.split("\n")) say(c.dim(`    ${oneLine(line, 160)}`));
  }
  return null;
};

/** What the rules of person and repository say against running a script; null when nothing does. */
export const judgeBy = async (home: string, root: string): Promise<Ports["forbidden"]> => {
  const [{ rules, errors }, shell] = await Promise.all([loadThreadRules({ home, root }), loadShellAnalysis()]);
  const [error] = errors;
  if (error !== undefined) throw new CommandError(error, 2);
  return (script) => {
    const { decision, why } = shell.judgeScript(script, rules);
    return decision === "ask" || decision === "never" ? why : null;
  };
};
