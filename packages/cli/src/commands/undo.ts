import { decideUndo, lastThreadId, openThread, readThread, turnRecords, undoTurn } from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { openWorkspace, type Workspace } from "@fettle/workspace";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { oneLine, plainText } from "../render/plain-text.ts";
import { colourDiff } from "../render/progress.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { diffHelp, undoHelp } from "./help.ts";

type Target = { id: string; turn: number | undefined; force: boolean };

const parseTarget = (command: string, args: string[], help: string): Target | null => {
  const { values, positionals } = parseOptions(command, args, {
    turn: { type: "string" },
    ...(command === "undo" ? { force: { type: "boolean" as const } } : {}),
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return null;
  }
  if (positionals.length > 1) throw new UsageError(`one thread id expected; see: fettle ${command} --help`);
  const turn = values.turn === undefined ? undefined : Number(values.turn);
  if (turn !== undefined && (!Number.isInteger(turn) || turn < 1))
    throw new UsageError(`--turn must be a whole number above 0, not ${values.turn}`);
  const id = positionals[0] ?? lastThreadId(fettleHome(), { cwd: process.cwd() });
  if (id === null) throw new CommandError("no thread was run in this folder yet; see: fettle threads --all", 2);
  return { id, turn, force: (values as { force?: boolean }).force === true };
};

const workspaceOf = (events: readonly LoggedEvent[], threadId: string): Promise<Workspace> => {
  const cwd = events.find((event) => event.type === "thread.started")?.cwd;
  if (cwd === undefined) throw new CommandError("this thread's log does not say where it worked");
  return openWorkspace({ root: cwd, stateDir: fettleHome(), threadId });
};

/** `fettle undo`: restores files and conversation to before a turn. */
export const undo = async (args: string[]): Promise<number> => {
  const target = parseTarget("undo", args, undoHelp);
  if (target === null) return 0;
  const opened = openThread(fettleHome(), target.id);
  if (!opened.ok) throw openError(opened);
  const { log, events } = opened;
  try {
    const workspace = await workspaceOf(events, log.id);
    const outcome = await undoTurn({
      log,
      events,
      snapshots: workspace.snapshots,
      force: target.force,
      ...(target.turn === undefined ? {} : { turn: target.turn }),
    });
    await workspace.close();
    if (!outcome.ok) throw new CommandError(outcome.message);
    for (const { kind, path } of outcome.restored)
      process.stdout.write(`${{ add: "restored", delete: "removed", update: "restored" }[kind]} ${plainText(path)}\n`);
    const last = outcome.turn + outcome.turns - 1;
    const which = outcome.turns === 1 ? `turn ${outcome.turn}` : `turns ${outcome.turn} to ${last}`;
    process.stdout.write(`took back ${which} of thread ${log.id}\n`);
    return 0;
  } finally {
    log.close();
  }
};

/** `fettle diff`: the unified diff of a turn. */
export const diff = async (args: string[]): Promise<number> => {
  const target = parseTarget("diff", args, diffHelp);
  if (target === null) return 0;
  const read = readThread(fettleHome(), target.id);
  if (!read.ok) throw openError(read);
  const turns = turnRecords(read.events);
  const changed = turns.filter(({ startTree, endTree }) => startTree !== endTree);
  const turn =
    target.turn === undefined ? (changed.at(-1) ?? turns.at(-1)) : turns.find(({ number }) => number === target.turn);
  if (turn === undefined) {
    const plan = decideUndo(turns, target.turn);
    throw new CommandError(plan.ok ? "this thread has no turn" : plan.message, 2);
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
