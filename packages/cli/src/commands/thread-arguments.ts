import { lastThreadId } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { CommandError, UsageError } from "../usage-error.ts";

/** The thread that a command is about: the one given, or the newest of this folder. */
export const threadGiven = (command: string, positionals: readonly string[]): string => {
  if (positionals.length > 1) throw new UsageError(`one thread id expected; see: fettle ${command} --help`);
  const id = positionals[0] ?? lastThreadId(fettleHome(), { cwd: process.cwd() });
  if (id === null) throw new CommandError("no thread was run in this folder yet; see: fettle threads --all", 2);
  return id;
};

/** The number given with --turn, if any. */
export const turnGiven = (text: string | undefined): number | undefined => {
  const turn = text === undefined ? undefined : Number(text);
  if (turn !== undefined && (!Number.isInteger(turn) || turn < 1))
    throw new UsageError(`--turn must be a whole number above 0, not ${text}`);
  return turn;
};
