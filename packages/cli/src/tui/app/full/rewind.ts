import { type FileReversal, turnRecords, type UndoScope } from "@fettle/agent";
import { disputedNames, showTakeBack, takeBack } from "../../../take-back.ts";
import { CommandError } from "../../../usage-error.ts";
import { type App, listPorts } from "../app.ts";
import { messageOf, reportTo } from "../report.ts";
import { showThread } from "../start.ts";
import { createPicker } from "./picker.ts";

/* Taking turns back: which, then what of them, each with what it would do. */

type Chosen = { readonly id: string; readonly turn: number };

const scopes: readonly { readonly value: UndoScope; readonly label: string; readonly detail: string }[] = [
  { value: "both", label: "conversation and files", detail: "as if these turns had not been" },
  { value: "files", label: "files alone", detail: "the conversation stays" },
  { value: "conversation", label: "conversation alone", detail: "the files stay as they are" },
];

const previewOf = async (home: string, asked: Chosen & { readonly scope: UndoScope }): Promise<string> => {
  try {
    return (await showTakeBack(home, asked)).join("\n");
  } catch (error) {
    return messageOf(error);
  }
};

/** Edits of other hands are lost only by a further word. */
const confirmLoss = (app: App, files: readonly FileReversal[]): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const title = `${disputedNames(files)} changed since by other hands`;
  const options = [
    { value: false, label: "leave all as it is", detail: "" },
    { value: true, label: "restore these too, and lose what other hands changed in them", detail: "" },
  ];
  const chosen = (lose: boolean): void => {
    if (lose) resolve();
    else reject(new CommandError("nothing was changed"));
  };
  const picker = createPicker({ title, options, chosen, ...listPorts(app) });
  app.open({
    rows: picker.rows,
    key(key) {
      const done = picker.key(key);
      if (done === "close") reject(new CommandError("nothing was changed"));
      return done;
    },
  });
  return promise;
};

const carryOut = async (app: App, { id, turn }: Chosen, scope: UndoScope): Promise<void> => {
  const engine = await app.engine();
  const prompt = turnRecords(engine.read(id).events).find(({ number }) => number === turn)?.prompt ?? "";
  const lines = await takeBack(engine.home, { id, turn, scope }, (files) => confirmLoss(app, files));
  await showThread(app, engine.read(id), "nothing");
  app.say(lines.join("\n"));
  // Whoever takes a turn back often wants to say the same thing otherwise.
  if (scope !== "files" && app.editor.text() === "") app.editor.set(prompt);
  app.draw();
};

const chooseScope = (app: App, home: string, chosen: Chosen): void =>
  app.open(
    createPicker({
      title: `take back from turn ${chosen.turn} on`,
      options: scopes,
      preview: (scope) => previewOf(home, { ...chosen, scope }),
      // The list closes itself first.
      chosen: (scope) => queueMicrotask(() => void carryOut(app, chosen, scope).catch(reportTo(app))),
      ...listPorts(app),
    }),
  );

/** The turns of the thread, the last one first, with what they changed. */
export const openRewind = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const id = engine.threadId();
  if (app.state.runningSince !== null) throw new CommandError("a turn runs; stop it first (Esc)");
  const turns = id === null ? [] : turnRecords(engine.read(id).events).reverse();
  if (id === null || turns.length === 0) throw new CommandError("there is no turn to take back yet");
  app.open(
    createPicker({
      title: "take turns back",
      options: turns.map(({ number, prompt }) => ({ value: number, label: `turn ${number}`, detail: prompt })),
      preview: (turn) => previewOf(engine.home, { id, turn, scope: "both" }),
      chosen: (turn) => queueMicrotask(() => chooseScope(app, engine.home, { id, turn })),
      ...listPorts(app),
    }),
  );
};
