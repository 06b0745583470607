import { askToStop, followLog, threadIsHeld } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";
import { openError } from "../../open-error.ts";
import { CommandError } from "../../usage-error.ts";
import type { App } from "./app.ts";
import type { StoredThread } from "./engine.ts";

/*
 * A thread that runs in another process: its log is followed, words reach it through its inbox, and a stop is a wish that
 * the other process grants. Nothing of it is locked here, so that leaving it changes nothing.
 */

/** Between two looks whether the other process still has the thread. In milliseconds. */
const lookMs = 300;

/** Whether another process works on this thread now. */
export const runsElsewhere = (thread: StoredThread): boolean => threadIsHeld(thread.path);

/** Ends the watching; the thread goes on where it runs. */
export const endWatching = ({ state }: App): void => {
  state.watching?.();
  state.watching = null;
  state.runningSince = null;
  state.interrupting = false;
};

/** Shows what is written to the thread from now on, until its process lets go of it. */
export const watchThread = (app: App, thread: StoredThread, onEvent: (event: ThreadEvent) => void): void => {
  const { state } = app;
  endWatching(app);
  const begun = thread.events.findLast(({ type }) => type === "turn.started")?.at;
  state.runningSince = begun === undefined ? Date.now() : Date.parse(begun);
  const following = followLog(thread.path, { bytes: thread.bytes, nextSeq: thread.events.length }, (event) => {
    if (event.type === "turn.started") state.runningSince = Date.parse(event.at);
    onEvent(event);
  });
  const timer = setInterval(() => {
    if (threadIsHeld(thread.path)) return;
    following.look();
    const { running } = state.transcript.state;
    endWatching(app);
    app.say(
      running === null ? "it has ended there; your next words go on with it here" : "the process that ran it is gone",
    );
  }, lookMs);
  timer.unref();
  state.watching = () => {
    clearInterval(timer);
    following.close();
  };
  app.say(`thread ${thread.id.slice(0, 13)} runs in another process: Enter steers it, Esc stops its turn`);
};

/** Asks the other process to end the turn. Throws a CommandError when none runs. */
export const stopElsewhere = (home: string, id: string): void => {
  const asked = askToStop(home, id);
  if (!asked.ok) throw openError(asked);
  if (!asked.running) throw new CommandError("no turn of it runs");
};
