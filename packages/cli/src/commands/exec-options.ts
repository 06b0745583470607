import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type AutonomyLevel, autonomyLevel } from "@fettle/protocol";
import type { SandboxMode } from "@fettle/workspace";
import { parseOptions } from "../options.ts";
import { limitOf } from "../spending.ts";
import { CommandError, UsageError } from "../usage-error.ts";

export type ExecOptions = {
  readonly resume: { readonly id: string } | { readonly last: true } | null;
  /** Null means: read it from standard input. */
  readonly prompt: string | null;
  /** Also true for "-". Work on a goal needs no prompt. */
  readonly promptGiven: boolean;
  /** The plan file to work on, absolute. */
  readonly goal: string | null;
  /** On resume: leave a goal that is not reached alone. */
  readonly noGoal: boolean;
  readonly maxTurns: number | undefined;
  /** Milliseconds. */
  readonly maxTime: number | undefined;
  readonly cwd: string;
  /** Given with -C; a resumed thread otherwise keeps its own folder. */
  readonly cwdGiven: boolean;
  readonly model?: string;
  readonly effort?: ChosenEffort;
  readonly sandbox?: SandboxMode;
  readonly autonomy?: AutonomyLevel;
  /** Answers for questions. */
  readonly approvalFile?: string;
  readonly addDirs: readonly string[];
  readonly images: readonly string[];
  readonly checks: readonly string[];
  readonly overrides: readonly string[];
  readonly json: boolean;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly outputFile?: string;
  readonly skipGitRepoCheck: boolean;
  readonly printInput: boolean;
  /** With `printInput`: what the input consists of, instead of the input itself and without words of the user. */
  readonly context?: "text" | "json";
  readonly compact: boolean;
  /** Nothing of the thread is kept. */
  readonly ephemeral: boolean;
  /** US dollars, and tokens, for the whole thread. */
  readonly maxCost: number | undefined;
  readonly maxTokens: number | undefined;
};

const options = {
  json: { type: "boolean" },
  "experimental-json": { type: "boolean" },
  model: { type: "string", short: "m" },
  effort: { type: "string" },
  sandbox: { type: "string", short: "s" },
  autonomy: { type: "string" },
  "approval-file": { type: "string" },
  cd: { type: "string", short: "C" },
  "add-dir": { type: "string", multiple: true },
  image: { type: "string", short: "i", multiple: true },
  check: { type: "string", multiple: true },
  config: { type: "string", short: "c", multiple: true },
  "output-schema": { type: "string" },
  "output-last-message": { type: "string", short: "o" },
  "skip-git-repo-check": { type: "boolean" },
  "print-input": { type: "boolean" },
  compact: { type: "boolean" },
  ephemeral: { type: "boolean" },
  goal: { type: "string" },
  "no-goal": { type: "boolean" },
  "max-turns": { type: "string" },
  "max-time": { type: "string" },
  "max-cost": { type: "string" },
  "max-tokens": { type: "string" },
  "dangerously-bypass-approvals-and-sandbox": { type: "boolean" },
  // Of no meaning here; accepted because @openai/codex-sdk may pass them.
  "thread-source": { type: "string" },
  "cyber-access-program": { type: "string" },
  last: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const modes: readonly string[] = ["read-only", "workspace-write", "danger-full-access"];
const isMode = (value: string): value is SandboxMode => modes.includes(value);

/** Absolute. Throws a UsageError that names `flag` when there is no folder. */
export const existingFolder = (path: string, flag: string): string => {
  const absolute = resolve(path);
  const stat = statSync(absolute, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`${flag}: there is no folder ${path}`);
  if (!stat.isDirectory()) throw new UsageError(`${flag}: ${path} is not a folder`);
  return absolute;
};

const readSchema = (path: string): Readonly<Record<string, unknown>> => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--output-schema: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(
      `--output-schema: ${path} is not valid JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  throw new UsageError(`--output-schema: ${path} must hold a JSON object (a JSON Schema)`);
};

/** What can be asked of a model that thinks, from least to most. */
export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
type ChosenEffort = (typeof efforts)[number];

/** The effort a person named; a UsageError when there is none of that name. */
export const effortNamed = (text: string): ChosenEffort => {
  const found = efforts.find((effort) => effort === text);
  if (found !== undefined) return found;
  throw new UsageError(`--effort must be one of ${efforts.join(", ")}, not ${JSON.stringify(text)}`);
};

const sandboxOf = (given: string | undefined, bypass: boolean): SandboxMode | undefined => {
  if (bypass) return "danger-full-access";
  if (given === undefined || isMode(given)) return given;
  throw new UsageError(`--sandbox must be one of ${modes.join(", ")}, not ${JSON.stringify(given)}`);
};

/** The level a person named; a UsageError when there is none of that name. */
export const levelNamed = (text: string, flag: string): AutonomyLevel => {
  const parsed = autonomyLevel.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${flag} must be one of ${autonomyLevel.options.join(", ")}, not ${JSON.stringify(text)}`);
};

const autonomyOf = (given: string | undefined, sandbox: SandboxMode | undefined): AutonomyLevel | undefined => {
  const level = given === undefined ? undefined : levelNamed(given, "--autonomy");
  if (level !== undefined && level !== "full" && sandbox === "danger-full-access")
    throw new UsageError(`-s danger-full-access means --autonomy full; leave it out for --autonomy ${level}`);
  return level;
};

const turnsOf = (given: string | undefined): number | undefined => {
  const turns = limitOf(given, "--max-turns");
  if (turns === undefined || Number.isInteger(turns)) return turns;
  throw new UsageError(`--max-turns must be a whole number, not ${JSON.stringify(given)}`);
};

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `30m`, `2h`, `1h30m`, `1d` in milliseconds. */
export const timeOf = (given: string | undefined, flag = "--max-time"): number | undefined => {
  if (given === undefined) return undefined;
  const text = given.replace(/\s+/g, "");
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
  const sum = parts.reduce((ms, [, count, unit = "s"]) => ms + Number(count) * (units[unit] ?? 0), 0);
  if (sum > 0 && parts.map(([part]) => part).join("") === text) return sum;
  throw new UsageError(`${flag} must be a time such as 90s, 30m, 2h or 1h30m, not ${JSON.stringify(given)}`);
};

/** `exec [PROMPT|-]` or `exec resume (ID|--last) [PROMPT|-]`, flags anywhere. Null asks for the help text. */
export const parseExec = (args: string[]): ExecOptions | null => {
  const { values, positionals } = parseOptions("exec", args, options);
  if (values.help === true) return null;
  const words = [...positionals];
  let resume: ExecOptions["resume"] = null;
  if (words[0] === "resume") {
    words.shift();
    const id = values.last === true ? undefined : words.shift();
    if (id === undefined && values.last !== true)
      throw new UsageError("exec resume needs a thread id, or --last; see: fettle threads");
    resume = id === undefined ? { last: true } : { id };
  } else if (values.last === true) {
    throw new UsageError("--last goes with: fettle exec resume --last");
  }
  if (values.ephemeral === true && resume !== null)
    throw new UsageError("--ephemeral is for a new thread; fettle fork ID makes a copy of one to try things with");
  if (resume === null && (values.compact === true || values["no-goal"] === true))
    throw new UsageError("--compact and --no-goal are for a thread that goes on: fettle exec resume ID");
  if (words.length > 1)
    throw new UsageError(`one prompt expected, but ${words.length} were given; put quotes around it`);
  const [prompt] = words;
  const sandbox = sandboxOf(values.sandbox, values["dangerously-bypass-approvals-and-sandbox"] === true);
  const autonomy = autonomyOf(values.autonomy, sandbox);
  return {
    resume,
    prompt: prompt === undefined || prompt === "-" ? null : prompt,
    promptGiven: prompt !== undefined,
    goal: values.goal === undefined ? null : resolve(values.goal),
    noGoal: values["no-goal"] === true,
    maxTurns: turnsOf(values["max-turns"]),
    maxTime: timeOf(values["max-time"]),
    cwd: existingFolder(values.cd ?? ".", "-C"),
    cwdGiven: values.cd !== undefined,
    addDirs: (values["add-dir"] ?? []).map((dir) => existingFolder(dir, "--add-dir")),
    images: (values.image ?? []).flatMap((list) => list.split(",")).map((path) => resolve(path)),
    checks: values.check ?? [],
    overrides: values.config ?? [],
    json: values.json === true || values["experimental-json"] === true,
    skipGitRepoCheck: values["skip-git-repo-check"] === true,
    printInput: values["print-input"] === true,
    compact: values.compact === true,
    ephemeral: values.ephemeral === true,
    maxCost: limitOf(values["max-cost"], "--max-cost"),
    maxTokens: limitOf(values["max-tokens"], "--max-tokens"),
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(values.effort === undefined ? {} : { effort: effortNamed(values.effort) }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(autonomy === undefined ? {} : { autonomy }),
    ...(values["approval-file"] === undefined ? {} : { approvalFile: resolve(values["approval-file"]) }),
    ...(values["output-schema"] === undefined ? {} : { outputSchema: readSchema(values["output-schema"]) }),
    ...(values["output-last-message"] === undefined ? {} : { outputFile: resolve(values["output-last-message"]) }),
  };
};

/** The words as given, or all of standard input. */
export const readPrompt = async (given: string | null, what = "prompt"): Promise<string> => {
  if (given === null && process.stdin.isTTY)
    throw new UsageError(`no ${what}: give it in quotes, or pipe it to standard input`);
  let text = given;
  if (text === null) {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    text = Buffer.concat(chunks).toString("utf8");
  }
  if (text.trim() === "") throw new UsageError(`the ${what} is empty`);
  return text;
};

/** Whether the folder or one above it is a git repository or worktree. */
export const inGitRepository = (folder: string): boolean => {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true;
    if (dirname(at) === at) return false;
  }
};

export const requireGitRepository = (folder: string): void => {
  if (!inGitRepository(folder))
    throw new CommandError(
      `${folder} is not in a git repository; run git init there, or pass --skip-git-repo-check (undo works either way)`,
      2,
    );
};
