import { linkSync, lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadInit, repositoryRoot, type SeenCommand } from "@fettle/agent";
import { openWorkspace, type Workspace } from "@fettle/workspace";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { oneLine, visibleLine } from "../render/plain-text.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { existingFolder, timeOf } from "./exec-options.ts";
import { initHelp } from "./help.ts";
import { judgeBy, policy, type Signals, say, tryCandidate, watchSignals } from "./init-commands.ts";

const exitInterrupted = 130;
const usualTimeout = 300_000;

const options = {
  force: { type: "boolean" },
  timeout: { type: "string" },
  cd: { type: "string", short: "C" },
  help: { type: "boolean", short: "h" },
} as const;

const counted = (commands: number): string => (commands === 1 ? "1 command" : `${commands} commands`);

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** All of it or nothing, and never over a file that came to be there meanwhile. */
const writeWhole = (path: string, text: string, force: boolean): void => {
  const draft = `${path}.${crypto.randomUUID()}.new`;
  try {
    writeFileSync(draft, text, { flag: "wx" });
    if (force) renameSync(draft, path);
    else linkSync(draft, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CommandError(
      code === "EEXIST" ? `${path} came to be there meanwhile` : `${path} cannot be written (${code})`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
};

/** Names what the commands left behind; the folder is a person's to tidy. */
const tellChanges = async (workspace: Workspace, before: string | null): Promise<void> => {
  if (before === null) return;
  const changes = await workspace.snapshots.changes(before, await workspace.snapshots.take());
  const names = changes.slice(0, 10).map(({ path }) => oneLine(path, 100));
  const more = changes.length > 10 ? ` and ${changes.length - 10} more` : "";
  if (names.length > 0) say(`these commands changed files that git does not ignore: ${names.join(", ")}${more}`);
};

const study = async (workspace: Workspace, home: string, timeoutMs: number, signals: Signals) => {
  const { studyRepository, initCandidates, describeRepository } = await loadInit();
  const facts = await studyRepository(workspace, policy);
  if (!isJson(facts.texts.get("package.json") ?? "{}"))
    say("package.json is no valid JSON: of its scripts at most test is tried");
  const forbidden = await judgeBy(home, workspace.root);
  const candidates = initCandidates(facts);
  say(
    candidates.length === 0
      ? "no command was found to try"
      : `trying ${counted(candidates.length)} in the sandbox, without network`,
  );
  const before = await workspace.snapshots.take().catch(() => null);
  const ports = { workspace, timeoutMs, signals, colours: coloursFor(process.stderr), forbidden };
  const seen: SeenCommand[] = [];
  for (const candidate of candidates) {
    const command = await tryCandidate(candidate, ports);
    if (command !== null) seen.push(command);
  }
  await tellChanges(workspace, before).catch(() => {});
  return { text: describeRepository(facts, basename(workspace.root), seen), seen };
};

/** `fettle init`: a first AGENTS.md that names only commands which were seen to work. */
export const init = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("init", args, options);
  if (values.help === true) {
    process.stdout.write(initHelp);
    return 0;
  }
  if (positionals.length > 0) throw new UsageError("no further words expected; see: fettle init --help");
  const folder = existingFolder(values.cd ?? ".", "-C");
  const timeoutMs = timeOf(values.timeout, "--timeout") ?? usualTimeout;
  const root = repositoryRoot(folder);
  const path = join(root, "AGENTS.md");
  const force = values.force === true;
  if (isThere(path) && !force) throw new CommandError(`${path} is there already; --force overwrites it`);
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new CommandError(`${path} is a folder; nothing was tried`);
  const home = fettleHome();
  const workspace = await openWorkspace({ root, stateDir: home, threadId: "init" });
  const signals = watchSignals();
  try {
    const { text, seen } = await study(workspace, home, timeoutMs, signals);
    if (signals.stopped()) {
      say("interrupted; nothing was written");
      return exitInterrupted;
    }
    writeWhole(path, text, force);
    say(
      `${visibleLine(path)}: written, with ${counted(seen.length)} that ${seen.length === 1 ? "works" : "work"}. Look it through: what the code does not say is yours to add`,
    );
    if (isThere(join(root, "CLAUDE.md"))) say("CLAUDE.md is not read any more now, for AGENTS.md is in its place");
    return 0;
  } finally {
    signals.release();
    await workspace.close();
  }
};
