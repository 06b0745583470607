import {
  createRedaction,
  forkThread,
  listThreads,
  liveEvents,
  renameThread,
  secretsInUse,
  type ThreadSummary,
} from "@fettle/agent";
import { addUsage, type LoggedEvent, noUsage, type Usage } from "@fettle/protocol";
import { openError } from "../../../open-error.ts";
import { oneLine } from "../../../render/plain-text.ts";
import { CommandError } from "../../../usage-error.ts";
import { type App, listPorts } from "../app.ts";
import { costSoFar } from "../frame.ts";
import { createPicker } from "../full/picker.ts";
import { reportTo } from "../report.ts";
import { showThread } from "../start.ts";

/* Commands about threads as a whole. */

/** Between turns only: the thread of a running one cannot be left. */
export const idle = (app: App): void => {
  if (app.state.runningSince !== null) throw new CommandError("a turn runs; stop it first (Esc)");
};

/** The same for who leaves the thread: one that runs in another process runs on there. */
const leaving = (app: App): void => {
  if (app.state.watching === null) idle(app);
};

/** The events of the thread on the screen that still count. Throws a CommandError when there is none. */
export const eventsOf = async (app: App): Promise<{ readonly id: string; readonly events: LoggedEvent[] }> => {
  const engine = await app.engine();
  const id = engine.threadId();
  if (id === null) throw new CommandError("nothing was said in this thread yet");
  return { id, events: liveEvents(engine.read(id).events) };
};

/** What was said last, for a look before it is chosen. */
const ending = (events: readonly LoggedEvent[]): string => {
  const said = events.flatMap((event) => {
    if (event.type !== "item.completed") return [];
    const { item } = event;
    if (item.type === "user_message") return item.source === "harness" ? [] : [`> ${item.text}`];
    return item.type === "agent_message" ? [item.text] : [];
  });
  return said.slice(-6).join("\n\n");
};

const optionOf = (thread: ThreadSummary) => ({
  value: thread.id,
  label: oneLine(thread.title === "" ? "(no words yet)" : thread.title, 60),
  detail: `${thread.updatedAt.slice(0, 16).replace("T", " ")} · ${thread.state} · ${thread.cwd}`,
});

export const resume = async (app: App, words: string): Promise<void> => {
  leaving(app);
  const engine = await app.engine();
  const go = (id: string): Promise<void> => showThread(app, engine.read(id));
  if (words !== "") return go(words);
  const threads = listThreads(engine.home, { limit: 10_000 })
    .filter(({ state }) => state !== "empty")
    .toSorted((a, b) => Number(b.state === "running") - Number(a.state === "running"));
  if (threads.length === 0) throw new CommandError("there are no threads yet");
  app.open(
    createPicker({
      title: "go on with",
      options: threads.map(optionOf),
      preview: async (id) => ending(liveEvents(engine.read(id).events)),
      chosen: (id) => void go(id).catch(reportTo(app)),
      ...listPorts(app),
    }),
  );
};

export const startNew = async (app: App): Promise<void> => {
  leaving(app);
  await showThread(app, null);
  app.say("a new thread begins with your next words");
};

export const rename = async (app: App, words: string): Promise<void> => {
  idle(app);
  const engine = await app.engine();
  const { id } = await eventsOf(app);
  const { config } = await engine.settings();
  const title = createRedaction(await secretsInUse(config, process.env, engine.home))?.text(words) ?? words;
  const renamed = renameThread(engine.home, id, title);
  if (!renamed.ok) throw openError(renamed);
  app.onEvent({ type: "thread.renamed", title: renamed.title });
  app.state.title = renamed.title;
  app.modes.title(`fettle: ${renamed.title === "" ? app.place.folder : renamed.title}`);
};

export const fork = async (app: App, words: string): Promise<void> => {
  idle(app);
  const engine = await app.engine();
  const { id } = await eventsOf(app);
  const made = forkThread(engine.home, id, words === "" ? undefined : Number(words));
  if (!made.ok) throw made.code === "no_turn" ? new CommandError(made.message, 2) : openError(made);
  await showThread(app, engine.read(made.id), "nothing");
  app.say(`this is a copy now, up to turn ${made.turn}; the first one stays: ${made.from.slice(0, 13)}`);
};

export const usage = async (app: App): Promise<void> => {
  const sums = new Map<string, Usage>();
  for (const event of (await eventsOf(app)).events)
    if (event.type === "model.completed" || event.type === "usage.added")
      sums.set(event.model, addUsage(sums.get(event.model) ?? noUsage(), event.usage));
  const lines = [...sums].map(
    ([model, sum]) =>
      `${model}: ${sum.input_tokens} tokens in (${sum.cached_input_tokens} of them cached), ${sum.output_tokens} out (${sum.reasoning_output_tokens} thinking)`,
  );
  const cost = costSoFar(app.state);
  app.say([...lines, cost === null ? "the cost is not known" : `$${cost.toFixed(4)} for the thread`].join("\n"));
};
