import { existsSync, globSync, readdirSync, readFileSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type LoggedEvent, loggedEvent, type ThreadEvent } from "@fettle/protocol";
import { type ScriptedModel, startScriptedModel } from "../../packages/agent/test/support/scripted-model.ts";
import type { ScriptedAnswer, ScriptedRequest } from "../../packages/agent/test/support/scripted-steps.ts";
import { type FettleRun, type Finished, makeRepository, scratch, startFettle } from "./fettle.ts";

/* The real program against the scripted model server, in a repository and a home of its own. */

type RunOptions = { input?: string; env?: Record<string, string>; cwd?: string };
export type Scene = {
  readonly repository: string;
  readonly home: string;
  readonly server: ScriptedModel;
  /** `exec` through the Responses wire as `gpt-5`; options in `args` come later and win. */
  exec(args: readonly string[], options?: RunOptions): Promise<Finished>;
  start(args: readonly string[], options?: RunOptions): FettleRun;
  /** Any command, started, with the same home and folder. */
  startAny(args: readonly string[], options?: RunOptions): FettleRun;
  /** Any command, with the same home and folder. */
  fettle(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The flags of an OpenAI-compatible provider at the same server; `gpt-5` would look at pictures. */
  chat(model?: string): string[];
};

/** A scene for one test; the server ends with it. */
export const openScene = async (
  t: TestContext,
  options: { steps?: readonly ScriptedAnswer[]; files?: Record<string, string> } = {},
): Promise<Scene> => {
  const { path, home } = scratch("exec");
  const repository = makeRepository(join(path, "work"), { "a.txt": "alpha\n", ...options.files });
  const server = await startScriptedModel({ steps: options.steps ?? [] });
  t.after(() => server.close());
  const start = (args: readonly string[], run: RunOptions = {}): FettleRun =>
    startFettle(args, {
      cwd: run.cwd ?? repository,
      home,
      env: { OPENAI_API_KEY: "dummy", ...run.env },
      ...(run.input === undefined ? {} : { input: run.input }),
    });
  const startExec: Scene["start"] = (args, run) =>
    start(["exec", "-c", `openai_base_url=${server.baseUrl}`, "-m", "gpt-5", ...args], run);
  return {
    repository,
    home,
    server,
    start: startExec,
    startAny: start,
    exec: (args, run) => startExec(args, run).finished,
    fettle: (args, run) => start(args, run).finished,
    chat: (model = "scripted") => [
      ...["-c", `model_providers.near.base_url=${server.baseUrl}`, "-c", "model_providers.near.wire_api=chat"],
      ...["-m", `near/${model}`],
    ],
  };
};

type Json = Record<string, unknown>;
const entries = (request: ScriptedRequest | undefined): Json[] => {
  const body = JSON.parse(request?.body ?? "{}") as { input?: Json[]; messages?: Json[] };
  return body.input ?? body.messages ?? [];
};

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What the tools answered so far, in either wire format, oldest first. */
export const toolResults = (request: ScriptedRequest | undefined): string[] =>
  entries(request)
    .filter(({ type, role }) => role === "tool" || (typeof type === "string" && type.endsWith("_call_output")))
    .map((entry) => asText(entry.output ?? entry.content));

/** The words of one role so far, in either wire format. */
export const wordsOf = (request: ScriptedRequest | undefined, role: string): string[] =>
  entries(request)
    .filter((entry) => entry.role === role)
    .map((entry) =>
      typeof entry.content === "string"
        ? entry.content
        : (entry.content as { text?: string }[]).map((part) => part.text ?? "").join(""),
    );

/** The items of one kind as they ended. */
export const itemsOf = <T extends string>(events: readonly ThreadEvent[], type: T) =>
  events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === type
      ? [event.item as Extract<typeof event.item, { type: T }>]
      : [],
  );

export const threadIdOf = (events: readonly ThreadEvent[]): string => {
  const started = events.find((event) => event.type === "thread.started");
  if (started === undefined) throw new Error("no thread.started was printed");
  return started.thread_id;
};

/** Resolves with the first printed event that fits; rejects when the program ends without it. */
export const printed = (run: FettleRun, fits: (event: ThreadEvent) => boolean): Promise<ThreadEvent> => {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadEvent>();
  const look = (): void => {
    const lines = run.stdout().split("\n").slice(0, -1);
    const found = lines.map((line) => JSON.parse(line) as ThreadEvent).find(fits);
    if (found !== undefined) resolve(found);
  };
  run.child.stdout?.on("data", look);
  run.finished.then(({ stderr }) => reject(new Error(`ended without the event: ${stderr}`)), reject);
  look();
  return promise;
};

const whenWatched = (path: string, holds: () => boolean): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    if (holds()) resolve();
  };
  const watcher = watch(dirname(path), look).on("error", reject);
  look();
  return promise.finally(() => watcher.close());
};

/** Resolves once the file is there. Its folder must exist. */
export const appeared = (path: string): Promise<void> => whenWatched(path, () => existsSync(path));
/** Resolves once the file is no longer there. Its folder must exist. */
export const vanished = (path: string): Promise<void> => whenWatched(path, () => !existsSync(path));

/** The stored log of a home's only thread, each line parsed strictly, with its numbers checked. */
export const storedLog = (home: string): LoggedEvent[] => {
  const [file, ...others] = globSync("threads/*/*/*/*.jsonl", { cwd: home });
  if (file === undefined || others.length > 0) throw new Error(`one thread expected in ${home}`);
  const text = readFileSync(join(home, file), "utf8");
  if (!text.endsWith("\n")) throw new Error("the log's last line is torn");
  return text
    .trimEnd()
    .split("\n")
    .map((line, index) => {
      const event = loggedEvent.parse(JSON.parse(line)) as LoggedEvent;
      if (event.seq !== index) throw new Error(`event ${index} has number ${event.seq}`);
      return event;
    });
};

/** Command lines of living processes that hold this text. */
export const livingProcesses = (text: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(text) ? [line] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
