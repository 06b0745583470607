import { existsSync } from "node:fs";
import {
  type FileReversal,
  openThread,
  previewUndo,
  readThread,
  turnRecords,
  type UndoPreview,
  type UndoScope,
  undoTurn,
} from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { openWorkspace, type Workspace } from "@fettle/workspace";
import { openError } from "./open-error.ts";
import { oneLine, visibleLine } from "./render/plain-text.ts";
import { CommandError } from "./usage-error.ts";

/* Taking turns back, and what a turn changed, in lines: the same for the command and for every other door. */

const workspaceOf = (home: string, events: readonly LoggedEvent[], threadId: string): Promise<Workspace> => {
  const cwd = events.find((event) => event.type === "thread.started")?.cwd;
  if (cwd === undefined) throw new CommandError("this thread's log does not say where it worked");
  if (!existsSync(cwd))
    throw new CommandError(`the folder of this thread, ${cwd}, is not there any more; put it back first`);
  return openWorkspace({ root: cwd, stateDir: home, threadId });
};

/** A file that would change, with the lines that come and go. */
export const fileLine = (file: FileReversal): string => {
  const { path, lines, disputed } = file;
  const kind = { add: "comes back", delete: "goes", update: "" }[file.kind];
  const counts = lines === null ? "not text" : `+${lines.added} -${lines.removed}`;
  const words = [kind, disputed ? "edited since by other hands" : ""].filter(Boolean).join("; ");
  return `  ${visibleLine(path)}  ${counts}${words === "" ? "" : `  ${words}`}`;
};

const turnsOf = ({ turn, turns }: UndoPreview): string =>
  turns === 1 ? `turn ${turn.number}` : `turns ${turn.number} to ${turn.number + turns - 1}`;

const previewLines = (preview: UndoPreview, scope: UndoScope, id: string): string[] => {
  const { files } = preview;
  const what = { both: "conversation and files", conversation: "the conversation alone", files: "files alone" }[scope];
  const lines = [`would take back ${turnsOf(preview)} of thread ${id}: ${what}`];
  if (files.length === 0) lines.push("  no file would change");
  else if (scope === "conversation") lines.push(`  ${files.length} changed files would stay as they are`);
  else lines.push(...files.map(fileLine));
  if (scope !== "conversation" && files.some(({ disputed }) => disputed))
    lines.push("it would be refused without --force, for the edits of other hands would be lost");
  return lines;
};

/** What is taken back. `turn` counts those that still count; without it the last. */
export type TakeBack = { readonly id: string; readonly turn?: number; readonly scope: UndoScope };

/** Says in lines what taking back would do. Changes nothing, and needs no lock. Throws a CommandError. */
export const showTakeBack = async (home: string, { id, turn, scope }: TakeBack): Promise<string[]> => {
  const read = readThread(home, id);
  if (!read.ok) throw openError(read);
  const workspace = await workspaceOf(home, read.events, read.id);
  try {
    const { snapshots } = workspace;
    const asked = { events: read.events, snapshots, scope, ...(turn === undefined ? {} : { turn }) };
    const outcome = await previewUndo(asked);
    if (!outcome.ok) throw new CommandError(outcome.message);
    return previewLines(outcome.preview, scope, read.id);
  } finally {
    await workspace.close();
  }
};

/** The names of files that other hands edited since, as a refusal quotes them. */
export const disputedNames = (disputed: readonly FileReversal[]): string => {
  const names = disputed.slice(0, 5).map(({ path }) => JSON.stringify(path));
  return `${names.join(", ")}${disputed.length > 5 ? ` and ${disputed.length - 5} more` : ""}`;
};

/**
 * Takes turns back, and says so in lines. `agree` is asked about files that other hands edited since and throws to
 * refuse. Throws a CommandError, nothing having changed.
 */
export const takeBack = async (
  home: string,
  { id, turn, scope }: TakeBack,
  agree: (disputed: readonly FileReversal[]) => Promise<void>,
): Promise<string[]> => {
  const opened = openThread(home, id);
  if (!opened.ok) throw openError(opened);
  const { events, log } = opened;
  try {
    const workspace = await workspaceOf(home, events, log.id);
    try {
      const { snapshots } = workspace;
      const outcome = await previewUndo({ events, snapshots, scope, ...(turn === undefined ? {} : { turn }) });
      if (!outcome.ok) throw new CommandError(outcome.message);
      const { preview } = outcome;
      const disputed = scope === "conversation" ? [] : preview.files.filter((file) => file.disputed);
      if (disputed.length > 0) await agree(disputed);
      const restored = await undoTurn({ log, events, snapshots, preview, scope });
      const verbs = { add: "restored", delete: "removed", update: "restored" };
      const which = {
        both: "",
        conversation: "; the files are as they were",
        files: "; the conversation is as it was",
      };
      const what = scope === "files" ? `took back the files of ${turnsOf(preview)}` : `took back ${turnsOf(preview)}`;
      const lines = restored.map(({ kind, path }) => `${verbs[kind]} ${plainText(path)}`);
      return [...lines, `${what} of thread ${log.id}${which[scope]}`];
    } finally {
      await workspace.close();
    }
  } finally {
    log.close();
  }
};

export type TurnDiff = { readonly title: string /** Empty when the turn changed no files. */; readonly diff: string };

/** The unified diff of a turn; without `wanted` that of the last one which changed files. Throws a CommandError. */
export const turnDiff = async (home: string, id: string, wanted?: number): Promise<TurnDiff> => {
  const read = readThread(home, id);
  if (!read.ok) throw openError(read);
  const turns = turnRecords(read.events);
  const changed = turns.filter(({ startTree, endTree }) => startTree !== endTree);
  const turn = wanted === undefined ? (changed.at(-1) ?? turns.at(-1)) : turns.find(({ number }) => number === wanted);
  if (turn === undefined) {
    const last = turns.at(-1)?.number;
    const has = last === undefined ? "no turn that was not taken back" : `turns 1 to ${last}, not ${wanted}`;
    throw new CommandError(`this thread has ${has}`, 2);
  }
  if (turn.startTree === null || turn.endTree === null || turn.startTree === turn.endTree)
    return { title: `turn ${turn.number} changed no files`, diff: "" };
  const workspace = await workspaceOf(home, read.events, read.id);
  try {
    const diff = await workspace.snapshots.diff(turn.startTree, turn.endTree);
    return { title: `turn ${turn.number}: ${oneLine(turn.prompt, 70)}`, diff };
  } finally {
    await workspace.close();
  }
};
