import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { constants } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { plainText } from "@fettle/protocol";
import {
  type CommandExit,
  openWorkspace,
  type Policy,
  programPath,
  type RunningCommand,
  type SandboxMode,
} from "@fettle/workspace";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { sandboxHelp } from "./help.ts";

/** Our own failure, as env(1) and others have it: everything else is the command's own code. */
const exitNotRun = 125;

const options = {
  sandbox: { type: "string", short: "s" },
  cd: { type: "string", short: "C" },
  "add-dir": { type: "string", multiple: true },
  hide: { type: "string", multiple: true },
  secret: { type: "string", multiple: true },
  "allow-domain": { type: "string", multiple: true },
  network: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const modes: readonly string[] = ["read-only", "workspace-write", "danger-full-access"];
const isMode = (value: string): value is SandboxMode => modes.includes(value);

const folderOf = (path: string, flag: string): string => {
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`${flag}: there is no folder ${path}`);
  if (!stats.isDirectory()) throw new UsageError(`${flag}: ${path} is not a folder`);
  return absolute;
};

const hiddenOf = (path: string, cwd: string): string => {
  const absolute = isAbsolute(path) ? path : resolve(cwd, path);
  if (!existsSync(absolute)) throw new UsageError(`--hide: there is nothing at ${path}`);
  return absolute;
};

const networkOf = (values: { network?: boolean; "allow-domain"?: string[] }): Policy["network"] => {
  const allow = values["allow-domain"] ?? [];
  if (values.network === true && allow.length > 0)
    throw new UsageError("--network gives the whole network: --allow-domain would limit nothing");
  if (allow.length > 0) return { kind: "domains", allow, deny: [], methods: "all" };
  return { kind: values.network === true ? "host" : "none" };
};

type Request = { readonly cwd: string; readonly policy: Policy; readonly words: readonly string[] };

/** Null asks for the help text. */
const parse = (args: string[]): Request | null => {
  const { values, positionals } = parseOptions("sandbox", args, options);
  if (values.help === true) return null;
  if (positionals.length === 0) throw new UsageError("a command is needed: fettle sandbox -- COMMAND; see --help");
  const mode = values.sandbox ?? "workspace-write";
  if (!isMode(mode)) throw new UsageError(`--sandbox must be one of ${modes.join(", ")}, not ${JSON.stringify(mode)}`);
  const cwd = folderOf(values.cd ?? ".", "-C");
  const policy: Policy = {
    mode,
    writableRoots: (values["add-dir"] ?? []).map((path) => folderOf(path, "--add-dir")),
    readableRoots: [],
    network: networkOf(values),
    hiddenPaths: (values.hide ?? []).map((path) => hiddenOf(path, cwd)),
    secrets: values.secret ?? [],
  };
  return { cwd, policy, words: positionals };
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** One word with blanks in it is a script; anything else is run as it stands, in the place of the shell. */
const scriptOf = (words: readonly string[]): string =>
  words.length === 1 && /\s/.test(words[0] ?? "") ? (words[0] ?? "") : `exec ${words.map(quoted).join(" ")}`;

const stty = (words: readonly string[]): string =>
  execFileSync(programPath("stty"), words, { stdio: ["inherit", "pipe", "ignore"], encoding: "utf8" }).trim();

/**
 * The command's terminal is its own; ours only carries bytes, so that Ctrl-C and the arrows are the command's to read.
 * By stty(1), for Node's raw mode goes on to change line ends.
 */
const carryTerminal = (command: RunningCommand): (() => void) => {
  const before = stty(["-g"]);
  const restore = (): void => {
    stty([before]);
  };
  process.once("exit", restore);
  stty(["raw", "-echo"]);
  command.onOutput((chunk) => process.stdout.write(chunk));
  process.stdin.on("data", (chunk: Buffer) => command.write(chunk.toString()));
  return () => {
    process.off("exit", restore);
    restore();
    process.stdin.pause();
  };
};

type OnSignals = { started(command: RunningCommand): void; release(): void };

/** From before the command is started, for what is made for it must go again whenever a signal comes. */
const endOnSignals = (): OnSignals => {
  let asked = false;
  let command: RunningCommand | null = null;
  const handler = (signal: NodeJS.Signals): void => {
    if (command === null) process.exit(128 + constants.signals[signal]);
    void command.kill(asked ? { graceMs: 0 } : {});
    asked = true;
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  for (const signal of signals) process.on(signal, handler);
  return {
    started: (running) => {
      command = running;
    },
    release: () => {
      for (const signal of signals) process.off(signal, handler);
    },
  };
};

const codeOf = (exit: CommandExit): number =>
  exit.signal === null ? (exit.code ?? 1) : 128 + constants.signals[exit.signal];

/** `fettle sandbox`: runs one command as the model's commands are run, for people to try and for programs to use. */
export const sandbox = async (args: string[]): Promise<number> => {
  const request = parse(args);
  if (request === null) {
    process.stdout.write(sandboxHelp);
    return 0;
  }
  const { cwd, policy, words } = request;
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const size = `stty cols ${process.stdout.columns} rows ${process.stdout.rows} 2>/dev/null; `;
  const script = `${terminal ? size : ""}${scriptOf(words)}`;
  const workspace = await openWorkspace({ root: cwd, stateDir: fettleHome(), threadId: "sandbox" });
  const signals = endOnSignals();
  try {
    const streams = terminal ? { pty: true, stdin: true } : { ownStreams: true };
    const started = await workspace.start({ script, cwd: workspace.root, policy, ...streams });
    if (!started.ok) throw new CommandError(started.message, exitNotRun);
    signals.started(started.command);
    const restore = terminal ? carryTerminal(started.command) : () => {};
    const exit = await started.command.exited;
    restore();
    for (const notice of exit.notices) process.stderr.write(`fettle: ${plainText(notice)}\n`);
    return codeOf(exit);
  } finally {
    await workspace.close();
    signals.release();
  }
};
