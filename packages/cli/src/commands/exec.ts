import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import {
  type AgentThread,
  type Approver,
  baseInstructions,
  type Config,
  createAgentThread,
  createEphemeralThread,
  createRedaction,
  createThread,
  describeEnvironment,
  type GoalEnd,
  lastThreadId,
  loadConfig,
  loadInstructionFiles,
  type Model,
  modeAt,
  type OpenedThread,
  openThread,
  outputFolders,
  readImage,
  repositoryRoot,
  secretsInUse,
  settingsOfThread,
  type ThreadLog,
  type TurnInput,
  type TurnResult,
} from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { type NetworkPorts, openWorkspace, type Policy, type Workspace } from "@fettle/workspace";
import { approvalSetup, networkPolicy } from "../approvals/approval-setup.ts";
import { chooseApprover } from "../approvals/choose-approver.ts";
import { type ChosenModel, chooseModel } from "../choose-model.ts";
import { version } from "../entry/program-files.ts";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { plainText } from "../render/plain-text.ts";
import { keepHeapSmall } from "../small-heap.ts";
import { type Accounts, accountsFor } from "../spending.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { goalExitCode, goalWanted, openGoal } from "./exec-goal.ts";
import { type ExecOptions, parseExec, readPrompt, requireGitRepository } from "./exec-options.ts";
import { type ExecOutput, jsonOutput, textOutput } from "./exec-output.ts";
import { execHelp } from "./help.ts";

const exitInterrupted = 130;

/** Full access is a level of autonomy, not a sandbox: it can be taken back while the run goes on. */
const policyOf = (
  options: ExecOptions,
  config: Config,
  more: Pick<Policy, "readableRoots" | "network" | "fixedFiles">,
): Policy => {
  const mode = options.sandbox ?? config.sandbox_mode;
  return {
    ...more,
    mode: mode === "read-only" ? mode : "workspace-write",
    writableRoots: [...options.addDirs, ...(config.sandbox_workspace_write?.writable_roots ?? [])],
    hiddenPaths: [],
    secrets: config.secrets ?? [],
  };
};

const checkedImages = (options: ExecOptions, model: Model): void => {
  for (const path of options.images) {
    const image = readImage(path, { base: "/" });
    if (!image.ok) throw new UsageError(`--image: ${image.message}`);
  }
  if (options.images.length > 0 && !model.info.images)
    throw new CommandError(`${model.info.id} cannot look at pictures; choose another model with -m`, 2);
};

const openForResume = (home: string, options: ExecOptions): OpenedThread | null => {
  if (options.resume === null) return null;
  const id = "id" in options.resume ? options.resume.id : lastThreadId(home, { cwd: options.cwd });
  if (id === null) throw new CommandError(`no thread was run in ${options.cwd} yet; see: fettle threads`, 2);
  const opened = openThread(home, id);
  if (!opened.ok) throw openError(opened);
  return opened;
};

const startedIn = (events: readonly LoggedEvent[]): string | undefined =>
  events.find((event) => event.type === "thread.started")?.cwd;

const writeAnswer = (path: string, text: string): void => {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(`-o: ${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
};

type Signals = { readonly stopped: () => boolean; readonly release: () => void };

/** First signal: end the turn cleanly. Second: end at once. */
const onSignals = (
  thread: Pick<AgentThread, "interrupt" | "nextMessage">,
  workspace: Workspace,
  output: ExecOutput,
): Signals => {
  let asked = false;
  let unread = false;
  const handler = (signal: NodeJS.Signals): void => {
    if (signal === "SIGTERM") output.terminated();
    if (asked) void workspace.close().finally(() => process.exit(exitInterrupted));
    asked = true;
    thread.interrupt();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handler);
  // Ctrl-\ means at once, but placeholders and processes must not stay.
  const quit = (): void => process.exit(128 + constants.signals.SIGQUIT);
  process.on("SIGQUIT", quit);
  // A reader that went away (`| head`) ends the run like an interrupt. Each further write fails again, so this never
  // counts as the second signal.
  process.stdout.on("error", () => {
    unread = true;
    thread.interrupt();
  });
  process.stderr.on("error", () => {});
  return {
    stopped: () => asked || unread,
    release() {
      for (const signal of signals) process.off(signal, handler);
      process.off("SIGQUIT", quit);
    },
  };
};

/** Runs the turn, and after it one for each message that was left for the thread meanwhile. The last turn's result. */
const runTurns = async (
  thread: AgentThread,
  input: TurnInput,
  signals: Signals,
  ended: (result: TurnResult) => void,
): Promise<TurnResult> => {
  let result = await thread.run(input);
  ended(result);
  while (result.end.type === "completed" && !signals.stopped()) {
    const next = thread.nextMessage();
    if (next === null) break;
    result = await thread.run({ ...input, ...next, images: [], compact: false });
    ended(result);
  }
  return result;
};

/** Without an error of the turn, a goal that is still worked on was interrupted between two turns. */
const exitCodeOf = (result: TurnResult, goalEnd: GoalEnd | null): number => {
  const code = goalEnd === null ? null : goalExitCode(goalEnd);
  if (code !== null) return code;
  if (result.end.type === "failed") {
    if (result.end.failure.code === "interrupted") return exitInterrupted;
    return result.end.failure.code === "budget" ? 4 : 1;
  }
  if (goalEnd !== null) return exitInterrupted;
  return result.checksPassed ? 0 : 3;
};

type Prepared = {
  home: string;
  config: Config;
  chosen: ChosenModel;
  approver: Approver | null;
  opened: OpenedThread | null;
  cwd: string;
  input: TurnInput;
  accounts: Accounts;
  goal: ReturnType<typeof openGoal> | null;
};

const prepare = async (options: ExecOptions, output: ExecOutput): Promise<Prepared> => {
  const home = fettleHome();
  const opened = openForResume(home, options);
  const cwd = options.cwdGiven || opened === null ? options.cwd : (startedIn(opened.events) ?? options.cwd);
  if (!existsSync(cwd))
    throw new CommandError(`the folder of this thread, ${cwd}, is not there any more; name another with -C DIR`, 2);
  const loaded = await loadConfig({ home, root: repositoryRoot(cwd), overrides: options.overrides, env: process.env });
  if (!loaded.ok) throw new CommandError(loaded.message, 2);
  const config =
    options.effort === undefined ? loaded.config : { ...loaded.config, model_reasoning_effort: options.effort };
  const chosen = await chooseModel(config, home, options.model);
  checkedImages(options, chosen.model);
  const accounts = accountsFor(config, options, chosen.model.info.id);
  const wanted = goalWanted(options, opened?.events ?? []);
  const text = wanted !== null && !options.promptGiven ? "" : await readPrompt(options.prompt);
  if (!options.skipGitRepoCheck && opened === null) requireGitRepository(cwd);
  const approver = await chooseApprover(config, options.approvalFile);
  const goal = wanted === null ? null : openGoal(wanted, options, text);
  // Only now, so that an error stands alone.
  for (const key of loaded.ignored) output.note(`configuration: ${key} has no effect in fettle yet`);
  for (const note of [...(loaded.notes ?? []), ...(goal?.notes ?? [])]) output.note(plainText(note));
  if (chosen.note !== null && !options.printInput) output.note(chosen.note);
  const { images, checks, outputSchema, compact } = options;
  const input = { text, images, checks, compact, ...(outputSchema === undefined ? {} : { outputSchema }) };
  if (options.ephemeral && !options.printInput)
    output.note("ephemeral: nothing of this thread is kept; it cannot be resumed, forked, steered or undone");
  return { home, config, chosen, approver, opened, cwd, input, accounts, goal };
};

const runPrepared = async (options: ExecOptions, prepared: Prepared, output: ExecOutput): Promise<Executed> => {
  const { home, config, chosen, opened, cwd, input, goal } = prepared;
  const { model, effort, decideRetry } = chosen;
  const create = options.ephemeral ? createEphemeralThread : createThread;
  const log = opened?.log ?? (options.printInput ? null : create(home));
  // The workspace asks through the thread, which is made with the workspace.
  const network: NetworkPorts = {
    ask: (request) => thread.network.ask(request),
    decided: (decision) => thread.network.decided(decision),
  };
  const workspace = await openWorkspace({ root: cwd, stateDir: home, threadId: log?.id ?? "preview", network });
  const approvals = approvalSetup(options, config, { approver: prepared.approver, home, root: workspace.root });
  const policy = policyOf(options, config, {
    readableRoots: [
      ...chosen.programRoots,
      ...(log === null ? [] : outputFolders(home, log.outputFolder, opened?.events ?? [])),
    ],
    network: networkPolicy(config, home, approvals.approver !== null),
    fixedFiles: goal === null ? [] : [goal.planPath],
  });
  const files = loadInstructionFiles({
    home,
    cwd: workspace.root,
    ...(config.project_doc_max_bytes === undefined ? {} : { maxBytes: config.project_doc_max_bytes }),
    ...(config.project_doc_fallback_filenames === undefined
      ? {}
      : { fallbackNames: config.project_doc_fallback_filenames }),
  });
  const { level } = opened === null ? approvals.autonomy : settingsOfThread(approvals.autonomy, opened.log.path);
  const mode = modeAt(level, policy.mode === "read-only");
  const environment = describeEnvironment({ root: workspace.root, policy: { ...policy, mode }, shell: "bash" });
  const thread = createAgentThread({
    log: log ?? previewLog,
    events: opened?.events ?? [],
    workspace,
    policy,
    approvals,
    model,
    version,
    instructions: baseInstructions,
    surroundings: files.text === "" ? environment : `${environment}\n\n${files.text}`,
    ...(effort === undefined ? {} : { effort }),
    effortChosen: config.model_reasoning_effort !== undefined,
    live: false,
    overBudget: (models) => prepared.accounts.overBudget(models) ?? goal?.goal.overTime() ?? null,
    ...(goal === null ? {} : { askPerson: goal.goal.askPerson }),
    ...(config.model_auto_compact_token_limit === undefined
      ? {}
      : { compactAt: config.model_auto_compact_token_limit }),
    decideRetry,
    redaction: createRedaction(await secretsInUse(config, process.env, home)),
    onEvent: keepHeapSmall(output.onEvent),
  });
  if (options.printInput) {
    const body: unknown = JSON.parse(await model.body(thread.preview(input)));
    process.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
    return { code: 0, answer: "" };
  }
  const interrupt = (): void => {
    goal?.goal.interrupt();
    thread.interrupt();
  };
  const signals = onSignals({ ...thread, interrupt }, workspace, output);
  if (opened !== null) output.onEvent({ type: "thread.started", thread_id: thread.id });
  for (const notice of files.notices) output.note(notice);
  const ended = (result: TurnResult): void =>
    output.finish(result, thread.id, prepared.accounts.cost(result.threadUsage));
  try {
    const goalEnd = goal === null ? null : await goal.goal.run(thread);
    const result = goalEnd?.result ?? (await runTurns(thread, input, signals, ended));
    if (goalEnd !== null) ended(result);
    if (options.outputFile !== undefined) writeAnswer(options.outputFile, result.lastMessage);
    if (input.outputSchema !== undefined && result.end.type === "completed") {
      const { answerProblem } = await import("./answer-schema.ts");
      const problem = answerProblem(result.lastMessage, input.outputSchema);
      if (problem !== null) throw new CommandError(problem);
    }
    return { code: exitCodeOf(result, goalEnd), answer: result.end.type === "completed" ? result.lastMessage : "" };
  } finally {
    signals.release();
    await workspace.close();
    thread.close();
  }
};

/** A thread that is only looked at writes nothing. */
const previewLog: ThreadLog = {
  id: "preview",
  path: "",
  append: () => {
    throw new Error("a preview writes nothing");
  },
  sync() {},
  outputFolder: "",
  outputPath: () => "",
  close() {},
};

/** How a run ended: its exit code, and the model's last words where its turn was completed. */
export type Executed = { readonly code: number; readonly answer: string };

/** Carries out what the options say. */
export const execute = async (options: ExecOptions): Promise<Executed> => {
  const output = options.json ? jsonOutput() : textOutput(!options.ephemeral);
  return runPrepared(options, await prepare(options, output), output);
};

/** `fettle exec`: one turn of a new or resumed thread, or all turns of a goal, for scripts and people alike. */
export const exec = async (args: string[]): Promise<number> => {
  const options = parseExec(args);
  if (options === null) {
    process.stdout.write(execHelp);
    return 0;
  }
  return (await execute(options)).code;
};
