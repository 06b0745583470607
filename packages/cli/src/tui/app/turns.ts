import type { Answer, Question, TurnInput } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";
import type { SessionTurn } from "../../doors/session.ts";
import { CommandError } from "../../usage-error.ts";
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
  const images = state.pending.flatMap((one) => one.images);
  state.pending.length = 0;
  if (texts.length > 0) putBack(editor, texts, images);
};

/** Sent words stand before what is written now. Pictures that have no label in them (of the command line) come behind. */
const putBack = (editor: App["editor"], texts: readonly string[], images: readonly string[]): void => {
  editor.set([...texts, editor.text()].filter((text) => text !== "").join("\n"));
  const there = new Set(editor.images());
  for (const image of images) if (!there.has(image)) editor.attach(image);
};

/** Words that were left and not delivered come back into the editor: after a stop nothing begins by itself. */
const afterStop = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const undelivered = app.state.pending.filter(({ id, at, held }) => at === "start" || held || engine.withdraw(id));
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

/** Starts a turn, or work on a plan; while one runs, the words are for after it. Words that it could not begin with come back into the editor. */
export const startTurn = async (
  app: App,
  input: Omit<TurnInput, "checks">,
  more: { readonly goal?: string } = {},
): Promise<SessionTurn | null> => {
  // Words of the command line, or a skill's, while others run already.
  if (app.state.runningSince !== null) {
    await leaveWords(app, input, "turn");
    return null;
  }
  const turn = await oneRun(app, input, more);
  await goOn(app);
  return turn;
};

const oneRun = async (
  app: App,
  input: Omit<TurnInput, "checks">,
  more: { readonly goal?: string; readonly alone?: boolean },
): Promise<SessionTurn | null> => {
  const { state } = app;
  let turn: SessionTurn | null = null;
  const began = Date.now();
  state.runningSince = began;
  if (input.text !== "")
    state.pending.push({ id: "", text: input.text, images: input.images, at: "start", held: false });
  app.modes.progress(true);
  app.draw();
  try {
    const engine = await app.engine();
    turn = await engine.run({ checks: [], ...input }, more);
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
  return turn;
};

/** A turn in which nothing can be changed; the answer, null when it did not come to one. What was queued meanwhile waits for `goOn`. */
export const readOnlyTurn = async (app: App, words: Pick<TurnInput, "text" | "images">): Promise<string | null> => {
  const engine = await app.engine();
  if (app.state.runningSince !== null) throw new CommandError("a turn runs; stop it first (Esc)");
  const { sandbox } = engine.options();
  engine.change((now) => ({ ...now, sandbox: "read-only" }));
  try {
    const turn = await oneRun(app, words, { alone: true });
    return turn?.result.end.type === "completed" ? turn.result.lastMessage : null;
  } finally {
    engine.change(({ sandbox: _readOnly, ...now }) => (sandbox === undefined ? now : { ...now, sandbox }));
  }
};

/** Words that wait, and that no turn took, begin the next one. */
export const goOn = async (app: App): Promise<void> => {
  const { state } = app;
  const engine = await app.engine();
  // Those that are gone somebody else has taken.
  for (let first = state.pending[0]; first !== undefined && state.runningSince === null; first = state.pending[0]) {
    state.pending.shift();
    if (first.held || engine.withdraw(first.id)) await startTurn(app, { text: first.text, images: first.images });
  }
};

/** Leaves words for the running turn, or the one after it. */
export const leaveWords = async (
  app: App,
  { text, images }: Pick<Pending, "text" | "images">,
  at: "call" | "turn",
): Promise<void> => {
  const { state } = app;
  // What comes after words that are held must not overtake them.
  const held = images.length > 0 || (at === "turn" && state.pending.some((one) => one.held));
  const waiting: { -readonly [K in keyof Pending]: Pending[K] } = {
    ...{ id: "", text, images, held },
    at: held ? "turn" : at,
  };
  state.pending.push(waiting);
  app.draw();
  if (held) return;
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
  if (last === undefined || !(last.held || (last.id !== "" && (await app.engine()).withdraw(last.id)))) return;
  state.pending.splice(state.pending.indexOf(last), 1);
  putBack(editor, [last.text], last.images);
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
