import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statfsSync } from "node:fs";
import { promisify } from "node:util";
import {
  type Config,
  listModels,
  loadConfig,
  loadThreadRules,
  repositoryRoot,
  resolveModel,
  trustOf,
} from "@fettle/agent";
import { openWorkspace, programPath, type Workspace } from "@fettle/workspace";
import { policy } from "../commands/init-commands.ts";
import { version } from "../entry/program-files.ts";

/** One thing that was looked at. `warning`: fettle works, but less well; `broken`: it does not, or not as it was asked to. */
export type CheckFound = {
  readonly name: string;
  readonly state: "ok" | "note" | "warning" | "broken";
  readonly says: string;
  /** What to do about it. */
  readonly remedy?: string;
};

const run = promisify(execFile);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const programs = (): CheckFound => ({
  name: "fettle",
  state: "ok",
  says: `${version}, on Node.js ${process.versions.node} (${process.platform} ${process.arch})`,
});

const git = async (): Promise<CheckFound> => {
  try {
    const { stdout } = await run("git", ["--version"], { cwd: "/" });
    return { name: "git", state: "ok", says: stdout.trim() };
  } catch {
    return {
      name: "git",
      state: "broken",
      says: "git is not on PATH: no snapshots, so no undo and no evidence",
      remedy: "install git 2.30 or newer",
    };
  }
};

const smallestFreeBytes = 500_000_000;

const state = (home: string): CheckFound => {
  try {
    mkdirSync(home, { recursive: true });
    accessSync(home, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(home);
    const free = bavail * bsize;
    const room = `${(free / 1e9).toFixed(1)} GB are free there`;
    if (free < smallestFreeBytes)
      return {
        name: "state",
        state: "warning",
        says: `${home}; only ${room}`,
        remedy: "threads and snapshots need room: free some",
      };
    return { name: "state", state: "ok", says: `${home}; ${room}` };
  } catch (error) {
    return {
      name: "state",
      state: "broken",
      says: `${home} cannot be written: ${wordsOf(error)}`,
      remedy: "make it writable, or set FETTLE_HOME to a folder that is",
    };
  }
};

/** Runs a command in the real sandbox: nothing else shows that it can be made. */
const sandbox = async (workspace: Workspace): Promise<CheckFound> => {
  const started = await workspace.start({
    script: "true",
    cwd: workspace.root,
    policy,
    readOnly: true,
    timeoutMs: 20_000,
  });
  if (!started.ok) {
    const [says = "", remedy] = started.message.replace(/^Not run: /, "").split(" Remedy: ");
    return {
      name: "sandbox",
      state: "broken",
      says: `commands cannot be confined: ${says}`,
      ...(remedy === undefined ? {} : { remedy: remedy.replace(/\.$/, "") }),
    };
  }
  const { code, durationMs } = await started.command.exited;
  if (code !== 0)
    return { name: "sandbox", state: "broken", says: `a command in the sandbox ended with exit code ${code}` };
  return { name: "sandbox", state: "ok", says: `a command was run in it, in ${durationMs.toFixed(0)} ms` };
};

const terminal = (): CheckFound =>
  existsSync("/usr/bin/script")
    ? { name: "terminals", state: "ok", says: "commands can have one" }
    : {
        name: "terminals",
        state: "warning",
        says: "commands that want a terminal cannot have one: there is no /usr/bin/script",
        remedy: "install util-linux (Debian: bsdutils)",
      };

const searching = (): CheckFound =>
  programPath("rg") === null
    ? {
        name: "search",
        state: "note",
        says: "the agent searches with grep; ripgrep (rg) is faster in large repositories",
      }
    : { name: "search", state: "ok", says: "ripgrep is there" };

async function* configuration(home: string, root: string): AsyncGenerator<CheckFound, Config | null> {
  const loaded = await loadConfig({ home, root, overrides: [], env: process.env });
  if (!loaded.ok) {
    yield { name: "configuration", state: "broken", says: loaded.message };
    return null;
  }
  const unknown = loaded.ignored.length === 0 ? "" : `; without effect yet: ${loaded.ignored.join(", ")}`;
  const notes = loaded.notes ?? [];
  yield { name: "configuration", state: unknown === "" ? "ok" : "warning", says: `read${unknown}` };
  for (const note of notes) yield { name: "configuration", state: "note", says: note };
  return loaded.config;
}

async function* models(config: Config, home: string): AsyncGenerator<CheckFound> {
  const chosen = await resolveModel(config, { env: process.env, home });
  if (!chosen.ok) {
    yield { name: "model", state: "broken", says: chosen.message };
    return;
  }
  const { choice } = chosen;
  if (choice.kind === "remote") {
    const statuses = await listModels(config, process.env, home);
    const provider = statuses.find(({ id }) => id === choice.provider.id);
    const says = `${choice.wireModel} of ${choice.provider.id}`;
    if (provider?.reachable === true && provider.problem === null)
      yield { name: "model", state: "ok", says: `${says}; its service answers` };
    else
      yield {
        name: "model",
        state: "broken",
        says: `${says}: ${provider?.problem ?? "its service does not answer"}`,
        remedy: "fettle models shows every provider",
      };
    return;
  }
  yield {
    name: "model",
    state: "note",
    says: `the built-in offline engine (${choice.reason})`,
  };
}

async function* repository(home: string, cwd: string): AsyncGenerator<CheckFound> {
  const root = repositoryRoot(cwd);
  const inGit = existsSync(`${root}/.git`);
  yield inGit
    ? { name: "folder", state: "ok", says: `${root} is a git repository` }
    : { name: "folder", state: "note", says: `${cwd} is in no git repository; undo and evidence work all the same` };
  const rules = await loadThreadRules({ home, root });
  for (const says of rules.errors) yield { name: "rules", state: "broken", says };
  for (const says of rules.notes) yield { name: "rules", state: "note", says };
  const open = trustOf({ home, root }).files.filter(({ state: known }) => known === "untrusted" || known === "changed");
  if (open.length > 0)
    yield {
      name: "trust",
      state: "note",
      says: `settings of this repository do not count yet: ${open.map(({ path }) => path).join(", ")}`,
      remedy: "look at them: fettle trust",
    };
}

const servers = (config: Config): CheckFound[] => {
  const names = Object.keys(config.mcp_servers ?? {});
  if (names.length === 0) return [];
  return [
    {
      name: "MCP",
      state: "note",
      says: `configured: ${names.join(", ")}`,
      remedy: `try one: fettle mcp test ${names[0]}`,
    },
  ];
};

/** Looks at one thing after the other. Changes nothing but FETTLE_HOME's being there. */
export async function* findings(home: string, cwd: string): AsyncGenerator<CheckFound> {
  yield programs();
  yield await git();
  const kept = state(home);
  yield kept;
  if (kept.state !== "broken") {
    const workspace = await openWorkspace({ root: realpathSync(cwd), stateDir: home, threadId: "doctor" });
    try {
      yield await sandbox(workspace);
    } finally {
      await workspace.close();
    }
  }
  yield terminal();
  yield searching();
  const config = yield* configuration(home, repositoryRoot(cwd));
  if (config !== null) yield* models(config, home);
  yield* repository(home, cwd);
  if (config !== null) yield* servers(config);
}
