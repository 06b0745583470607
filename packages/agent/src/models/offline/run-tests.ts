import { type Answer, answer } from "./answer.ts";
import { testRun } from "./apply-edit.ts";
import { type CommandOutcome, lastLines, passed } from "./command-outcome.ts";
import { lookAround, type Surroundings } from "./look-around.ts";
import type { Memory } from "./memory.ts";
import { describeMissing, type MissingParts, missingParts } from "./missing-parts.ts";
import type { CallDraft, Procedure } from "./replay.ts";
import { runCommand } from "./run-command.ts";
import { commandInInstructions, type TestCommand, testCommands } from "./test-command.ts";

type TestRequest = {
  readonly memory: Memory;
  /** A command that the user named. */
  readonly named: string | null;
  /** What the model was told of the surroundings: AGENTS.md may name the test command. */
  readonly surroundings: string;
  /** Shows that the first run of the tests has begun; made in the same answer. */
  plan(test: TestCommand): readonly CallDraft[];
};

export type TestStanding =
  | { readonly type: "passed" | "failed"; readonly test: TestCommand; readonly run: CommandOutcome }
  /** It could not be said whether they pass; the answer says what is missing. */
  | { readonly type: "blocked"; readonly answer: Answer };

/** What is known of the repository, looked up once per turn. */
export function* surroundingsOf(memory: Memory, readme: boolean): Procedure<Surroundings> {
  memory.surroundings ??= yield* lookAround(readme);
  return memory.surroundings;
}

const choose = (request: TestRequest, around: Surroundings): TestCommand[] => {
  if (request.named !== null) return [{ command: request.named, source: "named by you" }];
  if (request.memory.test !== null) return [request.memory.test];
  const instructed = commandInInstructions(request.surroundings);
  const found = testCommands(around);
  return instructed === null ? found : [{ command: instructed, source: "AGENTS.md" }, ...found];
};

const installCommand = (around: Surroundings): string | null => {
  if (!around.texts.has("package.json") || around.top.includes("node_modules/")) return null;
  const top = new Set(around.top);
  if (top.has("pnpm-lock.yaml")) return "pnpm install --frozen-lockfile";
  if (top.has("yarn.lock") && !top.has("package-lock.json")) return "yarn install --frozen-lockfile";
  const locked = top.has("package-lock.json") || top.has("npm-shrinkwrap.json");
  return `npm ${locked ? "ci" : "install --no-package-lock"} --no-audit --no-fund --fetch-retries=0`;
};

const noCommand = (around: Surroundings): Answer =>
  answer(
    `I found no command that runs tests: ${around.files.length === 0 ? "the folder is empty" : "no test script, test files or build file that I know"}. ` +
      "Name it in the prompt, for example: fix the failing test, run `make unit`.",
    { files: around.files.slice(0, 10) },
  );

const blocked = (test: TestCommand, run: CommandOutcome, missing: MissingParts, install: InstallTry | null): Answer => {
  const tried =
    install === null
      ? ""
      : `\n\nI tried \`${install.command}\`, which ended with exit ${install.run.code ?? "by a signal"}:\n${quote(install.run.output, 6)}`;
  const remedy =
    install === null
      ? "Install what is missing on this machine"
      : `Run \`${install.command.replace(/ --no-audit.*$/, "")}\` yourself, or allow the sandbox network access (-c sandbox_workspace_write.network_access=true)`;
  return answer(
    `\`${test.command}\` cannot run here: ${describeMissing(missing)} ${missing.programs.length + missing.modules.length > 1 ? "are" : "is"} not installed. Nothing was changed.\n${quote(run.output, 8)}${tried}\n\n${remedy}, then ask again.`,
    { command: test.command },
  );
};

/** The end of an output as an indented block. */
export const quote = (output: string, lines: number): string =>
  lastLines(output, lines)
    .split("\n")
    .map((line) => `    ${line.length > 200 ? `${line.slice(0, 199)}…` : line}`)
    .join("\n");

type InstallTry = { readonly command: string; readonly run: CommandOutcome };

function* installOnce(around: Surroundings): Procedure<InstallTry | null> {
  const command = installCommand(around);
  if (command === null) return null;
  const run = yield* runCommand("Its dependencies are not installed; trying to install them.", {
    command,
    waitMs: 300_000,
    polls: 1,
  });
  return { command, run };
}

/** Finds the test command and runs it, installing dependencies once where they are absent. */
export function* runTests(request: TestRequest): Procedure<TestStanding> {
  const { memory } = request;
  const around = yield* surroundingsOf(memory, false);
  const commands = choose(request, around);
  const [first] = commands;
  if (first === undefined) return { type: "blocked", answer: noCommand(around) };
  let failure: Answer | null = null;
  for (const test of commands) {
    const say =
      test.source === "named by you" ? `Running \`${test.command}\`.` : `Running \`${test.command}\` (${test.source}).`;
    let run = yield* runCommand(say, testRun(test.command), test === first ? request.plan(test) : []);
    let missing = missingParts(run.output, run.code);
    let install: InstallTry | null = null;
    if (!passed(run) && missing !== null) {
      install = yield* installOnce(around);
      if (install !== null && passed(install.run)) {
        run = yield* runCommand("Installed. Running the tests again.", testRun(test.command));
        missing = missingParts(run.output, run.code);
      }
    }
    if (run.state === "refused" || run.state === "lost") {
      const message = `\`${test.command}\` could not be started: ${run.output.trim()}`;
      return { type: "blocked", answer: answer(message, { command: test.command }) };
    }
    if (passed(run) || missing === null) {
      memory.test = test;
      memory.testsPass = passed(run);
      return { type: passed(run) ? "passed" : "failed", test, run };
    }
    failure ??= blocked(test, run, missing, install);
  }
  return { type: "blocked", answer: failure ?? noCommand(around) };
}
