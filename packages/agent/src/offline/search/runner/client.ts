import { type ChildProcess, spawn } from "node:child_process";
import { isRunResult, type RunRequest, type RunResult, type WorkerSetup } from "./messages.ts";

export type WorkerAnswer =
  | { readonly kind: "result"; readonly result: RunResult }
  /** It hung, ran out of memory or ended itself; the next run starts a new process. */
  | { readonly kind: "lost"; readonly reason: "timeout" | "exit" };

export type WorkerClient = {
  /** One run; `limitMs` is for the whole of it, after which the process is killed. */
  run(request: Omit<RunRequest, "type" | "id">, limitMs: number): Promise<WorkerAnswer>;
  /** Ends the process, if any; also makes the next run start anew. */
  close(): void;
};

const HEAP_MB = 768;
/** Evaluating modules again and again leaves garbage that some loaders never give back. */
const RECYCLE_RSS_BYTES = 700 * 1024 * 1024;

/** A client of one worker process, started when first needed and again after each loss. `program` is the search itself. */
export function createWorkerClient(program: readonly string[], setup: WorkerSetup): WorkerClient {
  let child: Promise<ChildProcess | undefined> | undefined;
  let current: ChildProcess | undefined;
  let nextId = 1;

  const close = () => {
    current?.kill("SIGKILL");
    current = undefined;
    child = undefined;
  };
  const start = async () => {
    const started = spawnWorker(program, setup);
    current = started;
    return (await becomesReady(started, setup)) ? started : undefined;
  };

  return {
    close,
    async run(request, limitMs) {
      child ??= start();
      const worker = await child;
      if (worker === undefined) {
        close();
        return { kind: "lost", reason: "exit" };
      }
      const id = nextId++;
      const answer = await ask(worker, { ...request, type: "run", id }, limitMs);
      if (answer.kind === "lost" || answer.result.rss > RECYCLE_RSS_BYTES) close();
      return answer;
    },
  };
}

function spawnWorker(program: readonly string[], setup: WorkerSetup): ChildProcess {
  const [file, ...args] = program;
  return spawn(file ?? process.execPath, [`--max-old-space-size=${HEAP_MB}`, "--no-warnings", ...args, "--worker"], {
    cwd: setup.root,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { ...process.env, NODE_V8_COVERAGE: "", NODE_ENV: process.env.NODE_ENV ?? "test" },
  });
}

function becomesReady(worker: ChildProcess, setup: WorkerSetup): Promise<boolean> {
  return new Promise((resolve) => {
    worker.once("message", () => resolve(true));
    worker.once("exit", () => resolve(false));
    worker.once("error", () => resolve(false));
    worker.send(setup, (error) => {
      if (error) resolve(false);
    });
  });
}

function ask(worker: ChildProcess, request: RunRequest, limitMs: number): Promise<WorkerAnswer> {
  return new Promise((resolve) => {
    const finish = (answer: WorkerAnswer) => {
      clearTimeout(timer);
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      resolve(answer);
    };
    const onMessage = (message: unknown) => {
      if (isRunResult(message, request.id)) finish({ kind: "result", result: message });
    };
    const onExit = () => finish({ kind: "lost", reason: "exit" });
    const timer = setTimeout(() => finish({ kind: "lost", reason: "timeout" }), limitMs);
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    if (worker.exitCode !== null || worker.signalCode !== null) return onExit();
    worker.send(request, (error) => {
      if (error) onExit();
    });
  });
}
