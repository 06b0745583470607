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
import { type ChangedFile, openWorkspace, type Workspace } from "@fettle/workspace";
import { askYes, canAsk } from "../ask-yes.ts";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { oneLine, plainText, visibleLine } from "../render/plain-text.ts";
import { colourDiff } from "../render/progress.ts";
import { CommandError } from "../usage-error.ts";
import { diffHelp, undoHelp } from "./help.ts";
import { threadGiven, turnGiven } from "./thread-arguments.ts";

const workspaceOf = (events: readonly LoggedEvent[], threadId: string): Promise<Workspace> => {
  const cwd = events.find((event) => event.type === "thread.started")?.cwd;
  if (cwd === undefined) throw new CommandError("this thread's log does not say where it worked");
  if (!existsSync(cwd))
    throw new CommandError(`the folder of this thread, ${cwd}, is not there any more; put it back first`);
  return openWorkspace({ root: cwd, stateDir: fettleHome(), threadId });
};

const fileLine = (file: FileReversal): string => {
  const { path, lines, disputed } = file;
  const kind = { add: "comes back", delete: "goes", update: "" }[file.kind];
  const counts = lines === null ? "not text" : `+${lines.added} -${lines.removed}`;
  const words = [kind, disputed ? "edited since by other hands" : ""].filter(Boolean).join("; ");
  return `  ${visibleLine(path)}  ${counts}${words === "" ? "" : `  ${words}`}`;
};

const turnsOf = ({ turn, turns }: UndoPreview): string =>
  turns === 1 ? `turn ${turn.number}` : `turns ${turn.number} to ${turn.number + turns - 1}`;

const showPreview = (preview: UndoPreview, scope: UndoScope, id: string): void => {
  const { files } = preview;
  const what = { both: "conversation and files", conversation: "the conversation alone", files: "files alone" }[scope];
  const lines = [`would take back ${turnsOf(preview)} of thread ${id}: ${what}`];
  if (files.length === 0) lines.push("  no file would change");
  else if (scope === "conversation") lines.push(`  ${files.length} changed files would stay as they are`);
  else lines.push(...files.map(fileLine));
  if (scope !== "conversation" && files.some(({ disputed }) => disputed))
    lines.push("it would be refused without --force, for the edits of other hands would be lost");
  process.stdout.write(`${lines.join("\n")}\n`);
};

/** Edits of other hands are lost only by a person's own word. */
const agreeToLose = async (files: readonly FileReversal[]): Promise<void> => {
  const disputed = files.filter((file) => file.disputed);
  if (disputed.length === 0) return;
  const names = disputed.slice(0, 5).map(({ path }) => JSON.stringify(path));
  const more = disputed.length > 5 ? ` and ${disputed.length - 5} more` : "";
  const refusal = `${names.join(", ")}${more} changed since by other hands; --force restores anyway and loses those changes`;
  if (!canAsk()) throw new CommandError(refusal);
  process.stderr.write(`${disputed.map(fileLine).join("\n")}\n`);
  if (!(await askYes("Restore these too and lose what other hands changed in them? [y/N] ")))
    throw new CommandError("nothing was changed");
};

const report = (restored: readonly ChangedFile[], preview: UndoPreview, scope: UndoScope, id: string): void => {
  for (const { kind, path } of restored)
    process.stdout.write(`${{ add: "restored", delete: "removed", update: "restored" }[kind]} ${plainText(path)}\n`);
  const which = { both: "", conversation: "; the files are as they were", files: "; the conversation is as it was" };
  const what = scope === "files" ? `took back the files of ${turnsOf(preview)}` : `took back ${turnsOf(preview)}`;
  process.stdout.write(`${what} of thread ${id}${which[scope]}\n`);
};

const scopeOf = ({ conversation, files }: { conversation?: boolean; files?: boolean }): UndoScope => {
  if (conversation === true && files === true) return "both";
  return conversation === true ? "conversation" : files === true ? "files" : "both";
};

/** `fettle undo`: takes back turns: files, conversation, or both. */
export const undo = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("undo", args, {
    turn: { type: "string" },
    conversation: { type: "boolean" },
    files: { type: "boolean" },
    preview: { type: "boolean" },
    force: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(undoHelp);
    return 0;
  }
  const turn = turnGiven(values.turn);
  const scope = scopeOf(values);
  const id = threadGiven("undo", positionals);
  // Looking takes no lock: a thread may be looked at while it runs.
  const opened = values.preview === true ? readThread(fettleHome(), id) : openThread(fettleHome(), id);
  if (!opened.ok) throw openError(opened);
  const { events } = opened;
  const log = "log" in opened ? opened.log : null;
  const threadId = "log" in opened ? opened.log.id : opened.id;
  try {
    const workspace = await workspaceOf(events, threadId);
    const { snapshots } = workspace;
    const outcome = await previewUndo({ events, snapshots, scope, ...(turn === undefined ? {} : { turn }) });
    if (!outcome.ok) throw new CommandError(outcome.message);
    const { preview } = outcome;
    if (log === null) {
      showPreview(preview, scope, threadId);
    } else {
      if (values.force !== true && scope !== "conversation") await agreeToLose(preview.files);
      report(await undoTurn({ log, events, snapshots, preview, scope }), preview, scope, threadId);
    }
    await workspace.close();
    return 0;
  } finally {
    log?.close();
  }
};

/** `fettle diff`: the unified diff of a turn. */
export const diff = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("diff", args, {
    turn: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(diffHelp);
    return 0;
  }
  const wanted = turnGiven(values.turn);
  const read = readThread(fettleHome(), threadGiven("diff", positionals));
  if (!read.ok) throw openError(read);
  const turns = turnRecords(read.events);
  const changed = turns.filter(({ startTree, endTree }) => startTree !== endTree);
  const turn = wanted === undefined ? (changed.at(-1) ?? turns.at(-1)) : turns.find(({ number }) => number === wanted);
  if (turn === undefined) {
    const last = turns.at(-1)?.number;
    const has = last === undefined ? "no turn that was not taken back" : `turns 1 to ${last}, not ${wanted}`;
    throw new CommandError(`this thread has ${has}`, 2);
  }
  if (turn.startTree === null || turn.endTree === null || turn.startTree === turn.endTree) {
    process.stderr.write(`turn ${turn.number} changed no files\n`);
    return 0;
  }
  process.stderr.write(`turn ${turn.number}: ${oneLine(turn.prompt, 70)}\n`);
  const workspace = await workspaceOf(read.events, read.id);
  const text = await workspace.snapshots.diff(turn.startTree, turn.endTree);
  await workspace.close();
  process.stdout.write(process.stdout.isTTY ? colourDiff(text, coloursFor(process.stdout)) : text);
  return 0;
};
