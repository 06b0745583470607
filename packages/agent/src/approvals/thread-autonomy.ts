import type { AutonomyLevel, LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { isLocked } from "../thread/lock.ts";
import { threadFiles } from "../thread/thread-files.ts";
import type { ThreadLog } from "../thread/types.ts";
import { type AutonomySettings, withThreadLevel } from "./autonomy.ts";
import { readThreadLevel, threadLevelStamp, threadLevelTime, writeThreadLevel } from "./level-file.ts";

/** The level of one thread, which another process may change at any moment. */
export type ThreadAutonomy = {
  /** The settings that hold now. The log is told when the level is another than it says. */
  current(): AutonomySettings;
  set(level: AutonomyLevel): void;
};

/** The level that a log speaks of; one that speaks of none means the default. */
const loggedLevel = (events: readonly LoggedEvent[]): AutonomyLevel =>
  events.findLast((event) => event.type === "autonomy.changed")?.level ?? "run";

/** `settings` with the level that was chosen for the thread, if one was; an option of this run is newer than that. */
export const settingsOfThread = (settings: AutonomySettings, logPath: string): AutonomySettings =>
  settings.given ? settings : withChosen(settings, logPath);

const withChosen = (settings: AutonomySettings, logPath: string): AutonomySettings => {
  const chosen = readThreadLevel(logPath);
  return chosen === null ? settings : withThreadLevel(settings, chosen);
};

/**
 * The level that a thread works at now, and where it comes from: while a turn runs the one that its process uses, unless
 * another was chosen since. `settings` are the configuration's.
 */
export const settingsInEffect = (
  settings: AutonomySettings,
  thread: { readonly path: string; readonly events: readonly LoggedEvent[] },
): AutonomySettings => {
  const chosen = withChosen(settings, thread.path);
  const turn = thread.events.findLast((event) => event.type.startsWith("turn."));
  const level = loggedLevel(thread.events);
  if (turn?.type !== "turn.started" || level === chosen.level) return chosen;
  const since = threadLevelTime(thread.path) ?? 0;
  if (since > Date.parse(turn.at) || !isLocked(threadFiles(thread.path).folder)) return chosen;
  return { ...settings, level, why: "given for the turn that runs now", given: true };
};

export const createThreadAutonomy = (
  settings: AutonomySettings,
  log: ThreadLog,
  events: readonly LoggedEvent[],
  emit: (event: ThreadEvent) => void,
): ThreadAutonomy => {
  let logged = loggedLevel(events);
  const { path } = log;
  const chosenFor = settings.follows ?? path;
  // An option of this run holds for this run alone, and until another level is chosen meanwhile.
  const before = settings.given ? threadLevelStamp(chosenFor) : null;
  const optionHolds = (): boolean => settings.given && threadLevelStamp(chosenFor) === before;

  const current = (): AutonomySettings => {
    const now = optionHolds() ? settings : withChosen(settings, chosenFor);
    if (now.level !== logged) {
      logged = now.level;
      emit({ type: "autonomy.changed", level: logged });
    }
    return now;
  };
  return {
    current,
    set(level) {
      writeThreadLevel(path, level);
      current();
    },
  };
};
