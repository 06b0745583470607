import { version } from "./entry/program-files.ts";
import { CommandError, UsageError } from "./usage-error.ts";

type Command = (args: string[]) => Promise<number>;

/** Each command is loaded only when it is asked for. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  exec: async () => (await import("./commands/exec.ts")).exec,
  plan: async () => (await import("./commands/plan.ts")).plan,
  context: async () => (await import("./commands/context.ts")).context,
  init: async () => (await import("./commands/init.ts")).init,
  skills: async () => (await import("./commands/skills.ts")).skills,
  threads: async () => (await import("./commands/threads.ts")).threads,
  fork: async () => (await import("./commands/fork.ts")).fork,
  steer: async () => (await import("./commands/steer.ts")).steer,
  undo: async () => (await import("./commands/undo.ts")).undo,
  diff: async () => (await import("./commands/undo.ts")).diff,
  autonomy: async () => (await import("./commands/autonomy.ts")).autonomy,
  policy: async () => (await import("./commands/policy.ts")).policy,
  models: async () => (await import("./commands/models.ts")).models,
  "apply-patch": async () => (await import("./commands/apply-patch.ts")).applyPatchCommand,
  sandbox: async () => (await import("./commands/sandbox.ts")).sandbox,
  trust: async () => (await import("./commands/trust.ts")).trustCommand,
  acp: async () => (await import("./commands/acp.ts")).acp,
  rpc: async () => (await import("./commands/rpc.ts")).rpc,
  mcp: async () => (await import("./commands/mcp.ts")).mcp,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  completion: async () => (await import("./commands/completion.ts")).completion,
  schema: async () => (await import("./commands/schema.ts")).schema,
};

/** What only `exec` does: the answer of such a run is for a file or a program. */
const forExec =
  /^--(?:json|experimental-json|output|print-input|ephemeral|goal|check|approval-file|compact|no-goal|max-t)|^-o|^--?h(?:elp)?$/;

/** Without a command the person at a terminal gets the terminal program; a pipe gets what it always got. */
const wantsTerminal = (args: readonly string[]): boolean => {
  const [first] = args;
  const meant =
    first === undefined || first === "resume" || (first.startsWith("-") && first !== "-") || /\s/.test(first);
  if (!meant || process.env.TERM === "dumb" || args.some((word) => forExec.test(word))) return false;
  return process.stdin.isTTY && process.stdout.isTTY;
};

/** `resume [ID|--last]`, options, and words to begin with. */
const terminalOptions = ([first, ...rest]: readonly string[]) => {
  if (first !== "resume") return { args: first === undefined ? [] : [first, ...rest] };
  const [id] = rest;
  if (id === undefined || id.startsWith("-"))
    return { args: rest.filter((word) => word !== "--last"), resume: { id: null } };
  return { args: rest.slice(1), resume: { id } };
};

const dispatch = async (args: string[]): Promise<number> => {
  const [first, ...rest] = args;
  if (first === "-V" || first === "--version") {
    process.stdout.write(`fettle ${version}\n`);
    return 0;
  }
  if (first === "help" && rest.length > 0) return dispatch([...rest, "--help"]);
  if (wantsTerminal(args)) return (await import("./tui/app/main.ts")).terminal(terminalOptions(args));
  if (first === "resume" && rest.some((word) => word === "-h" || word === "--help")) {
    process.stdout.write((await import("./commands/help.ts")).resumeHelp);
    return 0;
  }
  if (first === "resume") throw new UsageError("fettle resume needs a terminal; without one: fettle exec resume");
  if (first === undefined || first === "-h" || first === "--help" || first === "help") {
    process.stdout.write((await import("./commands/help.ts")).mainHelp);
    return 0;
  }
  const load = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (load !== undefined) return (await load())(rest);
  if (/\s/.test(first)) return (await import("./commands/exec.ts")).exec(args);
  throw new UsageError(
    `there is no command ${JSON.stringify(first)}; see: fettle --help (a prompt needs quotes or: fettle exec ${first})`,
  );
};

const isLostFolder = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && error.syscall === "uv_cwd";

/** Messages may quote what they were given, line breaks included; what is said is one line all the same. */
const lineOf = (error: unknown): string =>
  isLostFolder(error)
    ? "the folder you are in was removed; change to another one"
    : (error instanceof Error ? error.message : String(error)).trim().replace(/\s*\n\s*/g, " ");

/** Runs one command. Errors end here as one line and an exit code; a stack only with FETTLE_DEBUG. */
const main = async (): Promise<void> => {
  let lost: NodeJS.ErrnoException | null = null;
  // A reader that went away (EPIPE) wanted no more; any other failure to write is told.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") lost ??= error;
  });
  process.stderr.on("error", () => {});
  try {
    process.exitCode = await dispatch(process.argv.slice(2));
  } catch (error) {
    const { visibleText } = await import("./render/plain-text.ts");
    process.stderr.write(`fettle: ${visibleText(lineOf(error))}\n`);
    if (process.env.FETTLE_DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = error instanceof UsageError ? 2 : error instanceof CommandError ? error.exitCode : 1;
  }
  // Output must reach a pipe before the end; idle connections and timers must not hold it up.
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write("", () => done()))),
  );
  if (lost !== null) {
    process.stderr.write(`fettle: standard output cannot be written (${lostCode(lost)})\n`);
    process.exitCode = process.exitCode === undefined || process.exitCode === 0 ? 1 : process.exitCode;
  }
  process.exit();
};

const lostCode = (error: NodeJS.ErrnoException): string => error.code ?? error.message;

await main();
