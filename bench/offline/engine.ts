import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { BugCase } from "./case.ts";

export type EngineRun = {
  readonly exitCode: number | null;
  readonly elapsedMs: number;
  /** One line: how the engine itself says that it ended. */
  readonly said: string;
  /** Patches (`*** Begin Patch`) that were found but not applied, best first. Only the search alone gives them. */
  readonly patches: readonly string[];
};

type Finished = { readonly exitCode: number | null; readonly stdout: string; readonly elapsedMs: number };

const runProgram = (
  argv: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  log: string,
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const [program = "", ...args] = argv;
    const started = performance.now();
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
    child.on("error", reject);
    child.on("close", (exitCode) => {
      appendFileSync(log, stdout);
      resolve({ exitCode, stdout, elapsedMs: performance.now() - started });
    });
  });

/** The environment without keys, so that the offline engine is what runs. */
const keyless = (home: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/_(?:API_KEY|BASE_URL|TOKEN|SECRET)$/.test(name)),
  ),
  FETTLE_HOME: home,
});

const messageEvent = z.object({
  type: z.literal("item.completed"),
  item: z.object({ type: z.literal("agent_message"), text: z.string() }),
});

const lastMessage = (stdout: string): string => {
  let last = "";
  for (const line of stdout.split("\n")) {
    if (!line.startsWith("{")) continue;
    const event = messageEvent.safeParse(JSON.parse(line));
    if (event.success) last = event.data.item.text;
  }
  return last.split("\n")[0] ?? "";
};

/** `fettle exec` as a person would run it, with a home of its own and no key. It edits the repository itself. */
export const runExec = async (fettle: string, repository: string, scratch: string): Promise<EngineRun> => {
  const home = join(scratch, "home");
  mkdirSync(home, { recursive: true });
  const argv = [fettle, "exec", "--json", "--skip-git-repo-check", "make the tests pass"];
  const done = await runProgram(argv, repository, keyless(home), 180_000, join(scratch, "engine.log"));
  return { exitCode: done.exitCode, elapsedMs: done.elapsedMs, said: lastMessage(done.stdout), patches: [] };
};

const candidate = z.object({ patch: z.string(), kind: z.string(), tier: z.string() });
const searchLine = z.object({
  fettle_search: z.literal(1),
  status: z.string(),
  tried: z.number(),
  winner: z.optional(candidate),
  alternatives: z.array(candidate),
  reason: z.optional(z.string()),
});

/** The search program alone, without harness and sandbox. It leaves the repository as it was and gives patches. */
export const runSearch = async (
  program: string,
  found: BugCase,
  repository: string,
  scratch: string,
  limits: { readonly seconds: number; readonly seed: number },
): Promise<EngineRun> => {
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", program, "--root", repository];
  argv.push("--test", found.testCommand, "--seconds", String(limits.seconds), "--seed", String(limits.seed));
  const log = join(scratch, "engine.log");
  const done = await runProgram(argv, repository, keyless(scratch), (limits.seconds + 60) * 1000, log);
  const line = done.stdout.split("\n").findLast((text) => text.startsWith('{"fettle_search"'));
  if (line === undefined) {
    return { exitCode: done.exitCode, elapsedMs: done.elapsedMs, said: "no report", patches: [] };
  }
  const report = searchLine.parse(JSON.parse(line));
  const patches = [...(report.winner === undefined ? [] : [report.winner]), ...report.alternatives];
  const by = report.winner === undefined ? (report.reason ?? "") : `${report.winner.kind}, ${report.winner.tier}`;
  const said = `${report.status} after ${report.tried} candidates${by === "" ? "" : `: ${by}`}`;
  return { exitCode: done.exitCode, elapsedMs: done.elapsedMs, said, patches: patches.map((each) => each.patch) };
};
