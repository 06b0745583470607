import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LoggedEvent, loggedEvent } from "@fettle/protocol";
import type { ScriptedAnswer, ScriptedCall, ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { wordsOf } from "./scripted-run.ts";

/* Several threads at one scripted server: who asks is known by the first words of its task. */

/** An answer that is not asked for again. */
const missing = (message: string): ScriptedStep => ({
  fault: { type: "status", status: 400, body: { error: { message } } },
});

/** Answers for `requests` requests: each thread gets the steps of the key that its first words begin with, in order. */
export const byTask = (script: Readonly<Record<string, readonly ScriptedStep[]>>, requests = 60): ScriptedAnswer[] => {
  const served = new Map<string, number>();
  const answer: ScriptedAnswer = (request) => {
    const [first = ""] = wordsOf(request, "user");
    const key = Object.keys(script).find((candidate) => first.startsWith(candidate));
    if (key === undefined) return missing(`no steps for ${JSON.stringify(first)}`);
    const number = served.get(key) ?? 0;
    served.set(key, number + 1);
    const step = script[key]?.[number];
    return step ?? missing(`no step ${number} for ${JSON.stringify(key)}`);
  };
  return Array.from({ length: requests }, () => answer);
};

export const startAgent = (role: string, task: string, more: Record<string, unknown> = {}): ScriptedCall => ({
  name: "agent_start",
  arguments: { role, task, ...more },
});
export const waitFor = (more: Record<string, unknown> = {}): ScriptedStep => ({
  calls: [{ name: "agent_wait", arguments: more }],
});

/** All logs of a home by thread id, each line parsed strictly. */
export const storedLogs = (home: string): Map<string, LoggedEvent[]> =>
  new Map(
    globSync("threads/*/*/*/*.jsonl", { cwd: home }).map((file) => {
      const lines = readFileSync(join(home, file), "utf8").split("\n").slice(0, -1);
      return [file.slice(-42, -6), lines.map((line) => loggedEvent.parse(JSON.parse(line)) as LoggedEvent)];
    }),
  );
