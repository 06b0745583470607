import {
  type AutonomySettings,
  autonomySettings,
  lastThreadId,
  loadConfig,
  readThread,
  repositoryRoot,
  settingsInEffect,
  writeThreadLevel,
} from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import { oneLine } from "../render/plain-text.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { levelNamed } from "./exec-options.ts";
import { autonomyHelp } from "./help.ts";

type Thread = {
  readonly id: string;
  readonly path: string;
  readonly cwd: string;
  readonly events: readonly LoggedEvent[];
};

const findThread = (home: string, given: string | undefined): Thread | null => {
  const id = given ?? lastThreadId(home, { cwd: process.cwd() });
  if (id === null) return null;
  const read = readThread(home, id);
  if (!read.ok) throw openError(read);
  const cwd = read.events.find((event) => event.type === "thread.started")?.cwd ?? process.cwd();
  return { id: read.id, path: read.path, cwd, events: read.events };
};

const configured = async (home: string, root: string): Promise<AutonomySettings> => {
  const loaded = await loadConfig({ home, root: repositoryRoot(root), overrides: [], env: process.env });
  if (!loaded.ok) throw new CommandError(loaded.message, 2);
  return autonomySettings(loaded.config, { root });
};

const entryLine = ({ paths, kinds, level }: AutonomySettings["entries"][number]): string =>
  `${level}  for ${(kinds ?? ["everything"]).join(", ")}${paths === undefined ? "" : ` in ${paths.join(", ")}`}`;

const show = (settings: AutonomySettings, thread: Thread | null): void => {
  const whose = thread === null ? "" : ` · thread ${thread.id}`;
  const entries = settings.entries.map((entry) => `  ${oneLine(entryLine(entry), 200)}\n`).join("");
  process.stdout.write(`${settings.level} (${settings.why})${whose}\n${entries}`);
};

const change = (text: string, thread: Thread | null): void => {
  const level = levelNamed(text, "the level");
  if (thread === null) throw new CommandError(`no thread was run in ${process.cwd()} yet; see: fettle threads`, 2);
  writeThreadLevel(thread.path, level);
  process.stdout.write(`thread ${thread.id}: ${level} from its next command on\n`);
};

/** `fettle autonomy`: shows how far a thread may go without asking, or changes it, also while it runs. */
export const autonomy = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("autonomy", args, {
    thread: { type: "string" },
    last: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(autonomyHelp);
    return 0;
  }
  const [level, ...others] = positionals;
  if (others.length > 0) throw new UsageError("one level expected; see: fettle autonomy --help");
  if (values.last === true && values.thread !== undefined) throw new UsageError("give --thread or --last, not both");
  const home = fettleHome();
  const thread = findThread(home, values.thread);
  if (level !== undefined) {
    change(level, thread);
    return 0;
  }
  const settings = await configured(home, thread?.cwd ?? process.cwd());
  show(thread === null ? settings : settingsInEffect(settings, thread), thread);
  return 0;
};
