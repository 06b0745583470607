import type { AutonomyLevel, LoggedEvent, ThreadEvent } from "@fettle/protocol";
import type { ThreadLog } from "../thread/types.ts";
import { type AutonomySettings, withThreadLevel } from "./autonomy.ts";
import { readThreadLevel, writeThreadLevel } from "./level-file.ts";

/** The level of one thread, which another process may change at any moment. */
export type ThreadAutonomy = {
  /** The settings that hold now. The log is told when the level is another than it says. */
  current(): AutonomySettings;
  set(level: AutonomyLevel): void;
};

const loggedLevel = (events: readonly LoggedEvent[]): AutonomyLevel | null =>
  events.findLast((event) => event.type === "autonomy.changed")?.level ?? null;

/** `settings` with the level that was chosen for the thread, if one was. */
export const settingsOfThread = (settings: AutonomySettings, logPath: string): AutonomySettings => {
  const chosen = readThreadLevel(logPath);
  return chosen === null ? settings : withThreadLevel(settings, chosen);
};

export const createThreadAutonomy = (
  settings: AutonomySettings,
  log: ThreadLog,
  events: readonly LoggedEvent[],
  emit: (event: ThreadEvent) => void,
): ThreadAutonomy => {
  let logged = loggedLevel(events) ?? "run";
  // An option of this run is newer than what was chosen for the thread before.
  let outdated = settings.given && events.length > 0;

  const current = (): AutonomySettings => {
    if (outdated) writeThreadLevel(log.path, null);
    outdated = false;
    const now = settingsOfThread(settings, log.path);
    if (now.level !== logged) {
      logged = now.level;
      emit({ type: "autonomy.changed", level: logged });
    }
    return now;
  };
  return {
    current,
    set(level) {
      outdated = false;
      writeThreadLevel(log.path, level);
      current();
    },
  };
};
