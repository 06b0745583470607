import type { ToolContext } from "../tools/tool.ts";
import { type Band, expected, no, type Said, show, unknown, yes } from "./band.ts";
import { failureOf, type Helper, type HelperEnd, headOf, reportOf } from "./helper.ts";
import { type TakenOver, takeOver } from "./take-over.ts";

export type Wait = {
  readonly names?: readonly string[] | undefined;
  readonly timeoutMs: number;
  /** Whose version counts where both sides changed the same. */
  readonly prefer?: "ours" | "theirs" | undefined;
};

const conflictWords = (taken: Extract<TakenOver, { ok: false }>): string =>
  [
    "Nothing of its changes was taken over, because these files stand against it:",
    ...taken.conflicts.map(({ path, why, hunks }) => `- ${path}: ${why}${hunks === "" ? "" : `\n${hunks}`}`),
    'Decide: agent_wait with this agent and conflicts "mine" or "theirs" merges the rest and takes that side where both changed the same; or make the change yourself; or tell the agent what to do.',
  ].join("\n");

const letters = { add: "A", delete: "D", update: "M" } as const;
const mostListed = 50;

const takenWords = (taken: TakenOver): string => {
  if (!taken.ok) return conflictWords(taken);
  if (taken.changes.length === 0) return "It changed no files.";
  const listed = taken.changes.slice(0, mostListed).map(({ kind, path }) => `${letters[kind]} ${path}`);
  const more = taken.changes.length > mostListed ? `, and ${taken.changes.length - mostListed} more` : "";
  return `Its changes are merged into the workspace: ${listed.join(", ")}${more}`;
};

/** Takes a helper's work over as far as it goes, puts the end on record, and says what the model should know. */
const collect = async (
  band: Band,
  helper: Helper,
  end: HelperEnd,
  context: ToolContext,
  prefer: Wait["prefer"],
): Promise<string> => {
  const failure = failureOf(end);
  const report = reportOf(end);
  const message = report === "" ? {} : { message: report };
  if (failure !== null) {
    show(band, helper, { status: "failed", error: failure, ...message });
    const left = helper.copy === null ? "" : "\nNothing of its changes was taken over; agent_message lets it go on.";
    return `${headOf(helper)}${left}\n${report}`;
  }
  if (helper.copy === null) {
    show(band, helper, { status: "completed", ...message });
    return `${headOf(helper)}\n${report}`;
  }
  const tree = await helper.opened.workspace.snapshots.take();
  const taken = await takeOver({ base: helper.base, tree }, context, prefer);
  if (taken.ok) {
    helper.base = tree;
    show(band, helper, { status: "completed", ...message });
  } else {
    const conflicts = taken.conflicts.map(({ path }) => path);
    const error = `not merged: conflicts in ${conflicts.join(", ")}`;
    show(band, helper, { status: "failed", error, conflicts, ...message });
  }
  return `${headOf(helper)}\n${report}\n${takenWords(taken)}`;
};

const hear = async (band: Band, helper: Helper, context: ToolContext, prefer: Wait["prefer"]): Promise<string> => {
  const { end } = helper;
  if (end === null) return headOf(helper);
  if (helper.told) {
    if (helper.item.conflicts === undefined) return `${headOf(helper)}; its report was given before`;
    // An item that has ended is followed by a new one.
    const { error: _, conflicts: __, ...item } = helper.item;
    helper.item = { ...item, id: band.ports.state.facts.nextItemId() };
  }
  helper.told = true;
  try {
    return await collect(band, helper, end, context, prefer);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    show(band, helper, { status: "failed", error: `its changes could not be taken over: ${problem}` });
    return `${headOf(helper)}\n${reportOf(end)}\nIts changes could not be taken over: ${problem}`;
  }
};

/** Resolves when all have ended, at the time limit, or at the abort. */
const settled = async (helpers: readonly Helper[], timeoutMs: number, signal: AbortSignal): Promise<void> => {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const finish = (): void => resolve();
  const timer = setTimeout(finish, timeoutMs);
  signal.addEventListener("abort", finish, { once: true });
  if (signal.aborted) finish();
  await Promise.race([Promise.all(helpers.map(({ done }) => done)), over]);
  clearTimeout(timer);
  signal.removeEventListener("abort", finish);
};

/** Waits for these helpers (default: all that the model is to hear of), one after the other takes over what they did. */
export const wait = async (band: Band, { names, timeoutMs, prefer }: Wait, context: ToolContext): Promise<Said> => {
  const missing = names?.find((name) => !band.helpers.has(name));
  if (missing !== undefined) return unknown(band, missing);
  const awaited = names === undefined ? expected(band) : names.flatMap((name) => band.helpers.get(name) ?? []);
  if (awaited.length === 0) return no("no agent is at work");
  await settled(awaited, timeoutMs, context.signal);
  if (context.signal.aborted) return no("not waited for: the user interrupted");
  const words: string[] = [];
  for (const helper of awaited) words.push(await hear(band, helper, context, prefer));
  return yes(words.join("\n\n"));
};
