import fs from "node:fs";
import path from "node:path";
import { describeFramework } from "./frameworks/describe.ts";
import type { FrameworkAdapter } from "./frameworks/framework.ts";
import { scriptFramework } from "./frameworks/script.ts";
import { tStyleFramework } from "./frameworks/t-style.ts";
import { tapeFramework } from "./frameworks/tape.ts";
import { catchStrayErrors, ExitRequested, settle } from "./invoke.ts";
import type { RunRequest, RunResult, TestOutcome, WorkerSetup } from "./messages.ts";
import { testId } from "./messages.ts";
import { controlModules, isEsModule, type ModuleControl } from "./modules.ts";
import { createRecorder, observeAsserts } from "./recorder.ts";
import type { Reporter } from "./suite.ts";

/**
 * The worker process: loads the project's modules once and answers each request by running tests against a project in
 * which one file may have other content. It runs whatever the project's code does, so it must itself be in a sandbox.
 */
export function startWorker(): void {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error("the worker must be started by the search");
  process.send = undefined as unknown as NonNullable<typeof process.send>;
  catchStrayErrors();
  const reallyExit = process.exit.bind(process);
  process.exit = ((code?: number) => {
    throw new ExitRequested(Number(code ?? process.exitCode ?? 0));
  }) as typeof process.exit;
  process.on("disconnect", () => reallyExit(0));
  let project: Project | undefined;
  process.on("message", (message: WorkerSetup | RunRequest) => {
    if (message.type === "setup") {
      project = openProject(message);
      send({ type: "ready" });
    } else if (project !== undefined) project.run(message).then(send, (error: unknown) => giveUp(error, reallyExit));
  });
}

/** A fault of the worker itself: its loss tells the search. */
function giveUp(error: unknown, exit: (code: number) => never): never {
  process.stderr.write(`search worker: ${error instanceof Error ? error.stack : String(error)}\n`);
  return exit(1);
}

type Project = { run(request: RunRequest): Promise<RunResult> };

function openProject(setup: WorkerSetup): Project {
  const adapter = adapterOf(setup);
  const esm = setup.files.some(usesEsModules) || isEsModule(path.join(setup.root, "package.json"));
  const modules = controlModules(setup.root, adapter.shims, esm);
  let prepared: Promise<void> | undefined;
  return {
    async run(request) {
      prepared ??= preload(setup, modules);
      await prepared.catch(() => undefined);
      return runRequest(setup, adapter, modules, request);
    },
  };
}

function usesEsModules(file: string): boolean {
  return isEsModule(file) || /\bimport\s*\(/.test(fs.readFileSync(file, "utf8"));
}

async function preload(setup: WorkerSetup, modules: ModuleControl): Promise<void> {
  for (const file of setup.requires) await modules.load(file, false);
}

function adapterOf(setup: WorkerSetup): FrameworkAdapter {
  switch (setup.framework) {
    case "mocha":
    case "jest":
    case "vitest":
    case "node:test":
      return describeFramework(setup.framework, setup.root);
    case "tape":
      return tapeFramework(setup.root);
    case "tap":
    case "ava":
      return tStyleFramework(setup.framework);
    case "script":
      return scriptFramework();
  }
}

async function runRequest(
  setup: WorkerSetup,
  adapter: FrameworkAdapter,
  modules: ModuleControl,
  request: RunRequest,
): Promise<RunResult> {
  const started = performance.now();
  process.chdir(setup.root);
  const outcomes: TestOutcome[] = [];
  const recorder = request.coverage === undefined ? undefined : createRecorder(setup.root, request.coverage);
  const wanted = request.tests === undefined ? undefined : new Set(request.tests.flatMap(withAncestors));
  const reporter: Reporter = {
    wants: (id) => wanted === undefined || wanted.has(id),
    measured: (id, ok) => recorder?.ended(id, ok),
    started: (id) => recorder?.started(id),
    checked: (ok) => recorder?.checked(ok),
    stopped: () => request.bail && outcomes.some((outcome) => outcome.error !== undefined),
    timeoutMs: request.timeoutMs,
    ended(file, name, error) {
      const id = testId(file, name);
      recorder?.ended(id, error === undefined);
      outcomes.push({ id, file, name, ...(error === undefined ? {} : { error: failureOf(error) }) });
    },
  };
  const restoreAsserts = observeAsserts(reporter);
  modules.setOverride(request.override);
  const files = request.files ?? setup.files;
  modules.evict([...files, ...modules.tests()]);
  for (const file of files) {
    if (reporter.stopped()) break;
    await runFile(adapter, modules, file, reporter, request.timeoutMs);
  }
  restoreAsserts();
  const base = { type: "result" as const, id: request.id, outcomes, durationMs: performance.now() - started };
  return {
    ...base,
    rss: process.memoryUsage.rss(),
    ...(recorder === undefined ? {} : { ...recorder.stop(), modules: modules.loaded() }),
  };
}

/** A nested test can only run inside the tests that hold it. */
function withAncestors(id: string): string[] {
  const parts = id.split(" > ");
  return parts.map((_, index) => parts.slice(0, index + 1).join(" > "));
}

async function runFile(
  adapter: FrameworkAdapter,
  modules: ModuleControl,
  file: string,
  reporter: Reporter,
  timeoutMs: number,
): Promise<void> {
  process.argv = [process.execPath, file];
  adapter.begin(file, reporter);
  try {
    let loading: unknown;
    await settle(() => {
      loading = modules.load(file, adapter.main);
      return loading;
    }, timeoutMs);
  } catch (error) {
    if (!(error instanceof ExitRequested && error.code === 0)) {
      reporter.ended(file, "", error ?? new Error("failed to load"));
      return;
    }
  }
  await adapter.finish(reporter);
}

function failureOf(error: unknown): { name: string; message: string; stack: string } {
  const cut = (value: unknown) => String(value ?? "").slice(0, 4000);
  try {
    if (typeof error !== "object" || error === null) return { name: "", message: cut(error), stack: "" };
    const { name, message, stack } = error as Record<string, unknown>;
    return { name: cut(name), message: cut(message), stack: cut(stack) };
  } catch {
    return { name: "", message: "an error that cannot be read", stack: "" };
  }
}
