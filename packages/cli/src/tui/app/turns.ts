import type { Answer, Question, TurnInput } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";
import type { SessionTurn } from "../../doors/session.ts";
import { asked, withdrawn } from "../input/approval.ts";
import type { App } from "./app.ts";
import { placeOf } from "./place.ts";
import { messageOf } from "./report.ts";
import type { AppState, Pending } from "./state.ts";

/* Turns: how they begin, what is said to them while they run, and how they end. */

/** Longer turns are worth a notification to who looks elsewhere. In milliseconds. */
const longTurn = 3000;

/** What an event changes in what is known of the thread. */
export const noteEvent = (state: AppState, event: ThreadEvent): void => {
  if (event.type === "item.started") state.begun.set(event.item.id, Date.now());
  if (event.type === "turn.started" && event.effort !== undefined) state.effort = event.effort;
  if (event.type === "thread.renamed") state.title = event.title;
  if (event.type === "autonomy.changed") state.autonomy = event.level;
  if (event.type !== "item.completed") return;
  state.begun.delete(event.item.id);
  if (event.item.type !== "user_message" || event.item.source === "harness") return;
  const { message_id: id, text } = event.item;
  if (state.title === "") state.title = text.split("\n", 1)[0] ?? "";
  const at = state.pending.findIndex((one) => (id === undefined ? one.at === "start" : one.id === id));
  if (at >= 0) state.pending.splice(at, 1);
};

const takeBackAll = (app: App): void => {
  const { state, editor } = app;
  const texts = state.pending.map(({ text }) => text);
  state.pending.length = 0;
  if (texts.length > 0) editor.set([...texts, editor.text()].filter((text) => text !== "").join("\n"));
};

/** Words that were left and not delivered come back into the editor: after a stop nothing begins by itself. */
const afterStop = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const undelivered = app.state.pending.filter(({ id, at }) => at === "start" || engine.withdraw(id));
  app.state.pending.splice(0, app.state.pending.length, ...undelivered);
  takeBackAll(app);
};

const ended = (app: App, began: number): void => {
  const { state } = app;
  state.runningSince = null;
  state.interrupting = false;
  // Nobody waits for the answers any more.
  for (const answer of state.answers.values()) answer({ choice: "no", by: "nobody" });
  app.modes.progress(false);
  if (!state.focused && Date.now() - began > longTurn) app.modes.notify(`fettle: done: ${state.title}`);
  app.drawSoon();
};

/** Starts a turn, or work on a plan. Words that it could not begin with come back into the editor. */
export const startTurn = async (
  app: App,
  input: Omit<TurnInput, "checks">,
  more: { readonly goal?: string } = {},
): Promise<SessionTurn | null> => {
  const { state } = app;
  let turn: SessionTurn | null = null;
  const began = Date.now();
  state.runningSince = began;
  if (input.text !== "") state.pending.push({ id: "", text: input.text, at: "start" });
  app.modes.progress(true);
  app.draw();
  try {
    const engine = await app.engine();
    turn = await engine.run({ checks: [], ...input }, more.goal);
    // The turn may have changed the branch.
    app.place = placeOf(engine.options().cwd, process.env.HOME);
    if (turn !== null) {
      state.model = { id: turn.model.id, window: turn.model.contextWindow };
    }
    if (turn?.result.end.type !== "completed") await afterStop(app);
  } catch (error) {
    app.say(messageOf(error));
    await afterStop(app);
  } finally {
    ended(app, began);
  }
  await goOn(app);
  return turn;
};

/** A turn in which nothing can be changed; the answer, null when it did not come to one. */
export const readOnlyTurn = async (app: App, text: string): Promise<string | null> => {
  const engine = await app.engine();
  const { sandbox } = engine.options();
  engine.change((now) => ({ ...now, sandbox: "read-only" }));
  try {
    const turn = await startTurn(app, { text, images: [] });
    return turn?.result.end.type === "completed" ? turn.result.lastMessage : null;
  } finally {
    engine.change(({ sandbox: _readOnly, ...now }) => (sandbox === undefined ? now : { ...now, sandbox }));
  }
};

/** Words that were left in the moment in which the turn ended begin the next one. */
const goOn = async (app: App): Promise<void> => {
  const [first] = app.state.pending;
  if (first === undefined || !(await app.engine()).withdraw(first.id)) return;
  app.state.pending.shift();
  await startTurn(app, { text: first.text, images: [] });
};

/** Leaves words for the running turn, or the one after it. */
export const leaveWords = async (app: App, text: string, at: "call" | "turn"): Promise<void> => {
  const { state } = app;
  const waiting: { -readonly [K in keyof Pending]: Pending[K] } = { id: "", text, at };
  state.pending.push(waiting);
  app.draw();
  try {
    waiting.id = (await app.engine()).leave(text, at);
  } catch (error) {
    state.pending.splice(state.pending.indexOf(waiting), 1);
    app.editor.set([text, app.editor.text()].filter((one) => one !== "").join("\n"));
    app.say(messageOf(error));
  }
};

/** The last words that wait come back into the editor, if no one has taken them. */
export const takeBackLast = async (app: App): Promise<void> => {
  const { state, editor } = app;
  const last = state.pending.findLast(({ at }) => at !== "start");
  if (last === undefined || last.id === "" || !(await app.engine()).withdraw(last.id)) return;
  state.pending.splice(state.pending.indexOf(last), 1);
  editor.set([last.text, editor.text()].filter((text) => text !== "").join("\n"));
  app.draw();
};

export const interrupt = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const id = engine.threadId();
  app.state.interrupting = true;
  app.draw();
  if (app.state.watching === null || id === null) {
    await engine.interrupt();
    return;
  }
  const { stopElsewhere } = await import("./watching.ts");
  try {
    stopElsewhere(engine.home, id);
  } catch (error) {
    app.state.interrupting = false;
    app.say(messageOf(error));
  }
};

/** Puts a question above the input. Typing goes on; the answer comes by keys of its own. */
export const askOnScreen = (app: App, question: Question, signal: AbortSignal): Promise<Answer> => {
  const { state } = app;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  if (state.answering.waiting.length === 0) state.askedAt = Date.now();
  state.answering = asked(state.answering, question);
  state.answers.set(question.id, resolve);
  if (!state.focused) app.modes.notify("fettle: a question waits for your answer");
  const stop = (): void => resolve({ choice: "no", by: "nobody" });
  signal.addEventListener("abort", stop, { once: true });
  app.drawSoon();
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    state.answering = withdrawn(state.answering, question.id);
    state.answers.delete(question.id);
    app.drawSoon();
  });
};
