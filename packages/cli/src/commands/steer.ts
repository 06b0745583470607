import { askToStop, lastThreadId, leaveMessage } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { withoutSecrets } from "../without-secrets.ts";
import { readPrompt } from "./exec-options.ts";
import { steerHelp } from "./help.ts";

const threadNamed = (home: string, words: string[], last: boolean): string => {
  const id = last ? lastThreadId(home, { cwd: process.cwd() }) : words.shift();
  if (id === undefined) throw new UsageError("steer needs a thread id, or --last; see: fettle threads");
  if (id === null) throw new CommandError("no thread was run in this folder yet; see: fettle threads --all", 2);
  return id;
};

/** Ends the turn that another process runs. */
const stop = (home: string, id: string): number => {
  const asked = askToStop(home, id);
  if (!asked.ok) throw openError(asked);
  if (!asked.running) throw new CommandError(`no turn of thread ${asked.id} runs`);
  process.stdout.write(`thread ${asked.id}: its turn is being stopped\n`);
  return 0;
};

/** `fettle steer`: words for a thread that runs in another process, or will. */
export const steer = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("steer", args, {
    queue: { type: "boolean" },
    last: { type: "boolean" },
    stop: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(steerHelp);
    return 0;
  }
  const home = fettleHome();
  const words = [...positionals];
  const id = threadNamed(home, words, values.last === true);
  if (values.stop === true) {
    if (words.length > 0 || values.queue === true) throw new UsageError("--stop takes no message and no --queue");
    return stop(home, id);
  }
  if (words.length > 1)
    throw new UsageError(`one message expected, but ${words.length} were given; put quotes around it`);
  const [given = "-"] = words;
  const text = await withoutSecrets(home, await readPrompt(given === "-" ? null : given, "message"));
  const queued = values.queue === true;
  const left = leaveMessage(home, id, { text, at: queued ? "turn" : "call" });
  if (!left.ok) throw openError(left);
  const when = left.running
    ? queued
      ? "it begins when the running turn has ended"
      : "the model gets it with its next call"
    : `no process works on it now; it waits for: fettle exec resume ${left.id.slice(0, 13)} "…"`;
  process.stdout.write(`thread ${left.id}: kept; ${when}\n`);
  return 0;
};
