/*
 * npm run demo: a published package with a real bug, mended by the offline engine. Exit 0 only if its test passes at
 * the end. Options: --keep (keep the repository), --case ID (another bug of bench/offline/cases).
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { plainText } from "@fettle/protocol";
import { openWorkspace, type Policy, type Workspace } from "@fettle/workspace";
import { programRoots } from "../src/entry/program-files.ts";
import { coloursFor } from "../src/render/colours.ts";
import { colourDiff } from "../src/render/progress.ts";
import { runChild } from "./child.ts";
import { addHeldOutTest, materialiseProgram, readSubject, type Subject } from "./subject.ts";

const defaultCase = "cookie-fractional-max-age";
/** The time is for slow machines: the search ends soon after it has found an edit. */
const task = "make the tests pass, search for 45 seconds";
const engineLimitMs = 85_000;
const fettle = join(import.meta.dirname, "../../../bin/fettle");
const colours = coloursFor(process.stdout);

const say = (text = ""): void => void process.stdout.write(`${text}\n`);
const heading = (text: string): void => say(`\n${colours.bold(text)}`);
const indented = (text: string): string => text.replace(/^(?=.)/gm, "  ");

type Stage = {
  readonly subject: Subject;
  readonly folder: string;
  readonly repository: string;
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
};

type TestRun = { readonly code: number | null; readonly output: string };

/** Runs a command in the repository under the same confinement as the agent's own commands. */
const runConfined = async (stage: Stage, script: string): Promise<TestRun> => {
  stage.signal.throwIfAborted();
  const policy: Policy = {
    mode: "workspace-write",
    writableRoots: [],
    readableRoots: programRoots(),
    network: { kind: "none" },
    hiddenPaths: [],
    secrets: [],
  };
  const started = await stage.workspace.start({
    script,
    cwd: stage.repository,
    policy,
    env: { NODE_OPTIONS: "--test-reporter=spec", NO_COLOR: "1" },
    timeoutMs: 30_000,
  });
  if (!started.ok) return { code: null, output: started.message };
  const chunks: Buffer[] = [];
  started.command.onOutput((chunk) => chunks.push(Buffer.from(chunk)));
  const { code } = await started.command.exited;
  stage.signal.throwIfAborted();
  return { code, output: plainText(Buffer.concat(chunks).toString()) };
};

/** The part of a test runner's output that says what failed. */
const failure = (output: string): string => {
  const lines = output.split("\n");
  const start = lines.findIndex((line) => /failing tests:/.test(line));
  const told = start < 0 ? lines.slice(-16) : lines.slice(start + 1);
  return told
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line))
    .slice(0, 16)
    .join("\n");
};

const showFailure = async (stage: Stage): Promise<boolean> => {
  heading("2  The test that shows it (npm test, in the sandbox)");
  const run = await runConfined(stage, "npm test --silent");
  say(colours.dim(indented(failure(run.output))));
  if (run.code === 1) return true;
  say(colours.red(`The test was to fail with exit code 1 and ended with ${run.code}; there is nothing to mend.`));
  return false;
};

/** The environment of someone who has no key and no server: the offline engine is what they get. */
const withoutKeys = (home: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/_(?:API_KEY|BASE_URL|TOKEN|SECRET)$/.test(name)),
  ),
  FETTLE_HOME: home,
});

const mend = async (stage: Stage): Promise<boolean> => {
  heading(`3  fettle exec --check "npm test" "${task}"`);
  const home = join(stage.folder, "fettle-home");
  mkdirSync(home);
  const argv = [fettle, "exec", "--check", "npm test", task] as const;
  const { repository: cwd, signal } = stage;
  const code = await runChild(argv, { cwd, env: withoutKeys(home), signal, timeoutMs: engineLimitMs });
  signal.throwIfAborted();
  if (code === 0) return true;
  say(colours.red(code === null ? "fettle did not end in time." : `fettle ended with exit code ${code}.`));
  return false;
};

const showEdit = async (stage: Stage): Promise<void> => {
  heading("4  What it changed");
  const git = promisify(execFile)("git", ["diff", "--no-color", "--no-ext-diff", "HEAD"], { cwd: stage.repository });
  say(indented(colourDiff((await git).stdout.trimEnd(), colours)));
};

type Proof = "right" | "green but wrong" | "failing";

const prove = async (stage: Stage): Promise<Proof> => {
  heading("5  The proof (run once more by this demo, in the sandbox)");
  const mended = await runConfined(stage, "npm test --silent");
  const mark = mended.code === 0 ? colours.green("✓ passes") : colours.red("✗ fails");
  say(`  npm test: ${mark}`);
  if (mended.code !== 0) {
    say(colours.dim(indented(failure(mended.output))));
    return "failing";
  }
  const file = addHeldOutTest(stage.subject, stage.repository);
  const heldOut = await runConfined(stage, `node --test ${file}`);
  const verdict = heldOut.code === 0 ? colours.green("✓ passes") : colours.yellow("✗ fails: green, but wrong");
  say(`  a second test of the same bug, which fettle was never shown: ${verdict}`);
  say(colours.dim(`  how the maintainers mended it: ${stage.subject.fixedBy}`));
  return heldOut.code === 0 ? "right" : "green but wrong";
};

const showNext = (stage: Stage, kept: boolean): void => {
  heading("What to try next");
  say("  in a repository of your own     fettle exec --check 'npm test' 'make the tests pass'");
  say(
    "  with a model, for any task      OPENAI_API_KEY=… fettle exec 'add a --json flag'    (fettle models: what is set up)",
  );
  say("  take the last turn back         fettle undo");
  if (kept) say(`\nThe repository is kept in ${stage.repository}`);
};

const play = async (stage: Stage, keep: boolean): Promise<number> => {
  const { subject, workspace, signal } = stage;
  if (workspace.support.kind === "none") {
    say(`The demo needs the sandbox: ${workspace.support.reason}. ${workspace.support.remedy}`);
    return 1;
  }
  if (!(await showFailure(stage)) || !(await mend(stage))) return 1;
  await showEdit(stage);
  const proof = await prove(stage);
  if (proof === "failing") return 1;
  signal.throwIfAborted();
  showNext(stage, keep);
  const name = `${subject.package} ${subject.buggy.version}`;
  if (proof === "right") say(`\n${colours.green("Done:")} the bug of ${name} is mended.`);
  else say(`\n${colours.yellow("Done, with a doubt:")} the test of ${name} passes, but the edit is not the right one.`);
  return 0;
};

const stageIn = async (folder: string, subject: Subject, keep: boolean, signal: AbortSignal): Promise<number> => {
  const repository = join(folder, subject.package);
  heading(`1  A real bug: ${subject.package} ${subject.buggy.version}`);
  say(`  ${subject.summary}`);
  const argv = [process.execPath, materialiseProgram, subject.id, repository] as const;
  const code = await runChild(argv, { cwd: folder, signal, timeoutMs: 90_000 });
  signal.throwIfAborted();
  if (code !== 0) return 1;
  const workspace = await openWorkspace({ root: repository, stateDir: join(folder, "demo-state"), threadId: "demo" });
  const close = (): void => void workspace.close();
  signal.addEventListener("abort", close);
  try {
    return await play({ subject, folder, repository, workspace, signal }, keep);
  } finally {
    signal.removeEventListener("abort", close);
    await workspace.close();
  }
};

type Asked = { readonly keep: boolean; readonly subject: Subject };

/** Reads the command line; a mistake in it is the line that names it. */
const readArguments = (): Asked | string => {
  const options = {
    keep: { type: "boolean", default: false },
    case: { type: "string", default: defaultCase },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const subject = readSubject(values.case);
    return subject === undefined
      ? `there is no case ${values.case} in bench/offline/cases`
      : { keep: values.keep, subject };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; usage: npm run demo -- [--keep] [--case ID]`;
  }
};

const main = async (): Promise<number> => {
  const asked = readArguments();
  if (typeof asked === "string") {
    process.stderr.write(`demo: ${asked}\n`);
    return 2;
  }
  const { keep, subject } = asked;
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => controller.abort());
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "fettle-demo-"));
  try {
    return await stageIn(folder, subject, keep, controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    say("\nStopped.");
    return 130;
  } finally {
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
