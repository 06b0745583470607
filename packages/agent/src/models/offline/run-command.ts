import { type CommandOutcome, readOutcome } from "./command-outcome.ts";
import type { CallDraft, Procedure } from "./replay.ts";

export type CommandDraft = {
  readonly command: string;
  /** How long one call waits before it answers with what there is, in milliseconds. */
  readonly waitMs: number;
  /** How often a command that goes on is waited for again before it is interrupted. */
  readonly polls: number;
  /** The sandbox keeps the workspace from being written. */
  readonly readOnly?: boolean;
};

/** A look at something: answers within seconds. */
export const quick = (command: string): CommandDraft => ({ command, waitMs: 30_000, polls: 2 });

const startCall = ({ command, waitMs, readOnly = false }: CommandDraft): CallDraft => ({
  name: "shell",
  args: { command, yield_ms: waitMs, ...(readOnly ? { read_only: true } : {}) },
});

function* follow(draft: CommandDraft, started: CommandOutcome): Procedure<CommandOutcome> {
  let outcome = started;
  let output = outcome.output;
  const join = (next: CommandOutcome): CommandOutcome => {
    output = output === "" || output.endsWith("\n") ? output + next.output : `${output}\n${next.output}`;
    return { ...next, output };
  };
  for (let poll = 0; outcome.state === "running" && outcome.session !== null; poll++) {
    const { session } = outcome;
    const tooLong = poll >= draft.polls;
    const args = tooLong ? { session, input: "\u0003", yield_ms: 5000 } : { session, yield_ms: draft.waitMs };
    const [result] = yield {
      say: tooLong ? "It takes too long; I am ending it." : "",
      calls: [{ name: "shell", args }],
    };
    const next = readOutcome(result ?? "");
    // The session died with the process that owned it.
    if (next.state === "refused") return { ...next, state: "lost" };
    outcome = join(next);
    if (tooLong) return outcome.state === "running" ? { ...outcome, state: "killed" } : outcome;
  }
  return outcome;
}

/**
 * Runs commands in one answer, follows those that go on, and says how each ended, in order. `beside` are calls made
 * in the same answer whose results do not matter. A command whose result was lost is started once more.
 */
export function* runCommands(
  say: string,
  drafts: readonly CommandDraft[],
  beside: readonly CallDraft[] = [],
): Procedure<CommandOutcome[]> {
  const results = yield { say, calls: [...beside, ...drafts.map(startCall)] };
  const outcomes: CommandOutcome[] = [];
  for (const [index, draft] of drafts.entries()) {
    let outcome = yield* follow(draft, readOutcome(results[beside.length + index] ?? ""));
    if (outcome.state === "lost") {
      const [again] = yield { say: "That was cut off; I am running it again.", calls: [startCall(draft)] };
      outcome = yield* follow(draft, readOutcome(again ?? ""));
    }
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Runs one command to its end. */
export function* runCommand(
  say: string,
  draft: CommandDraft,
  beside: readonly CallDraft[] = [],
): Procedure<CommandOutcome> {
  const [outcome] = yield* runCommands(say, [draft], beside);
  return outcome ?? readOutcome("");
}
