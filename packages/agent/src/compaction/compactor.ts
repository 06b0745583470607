import type { EventOf } from "@fettle/protocol";
import { type Entry, standIns } from "../conversation.ts";
import type { Model, ModelRequest } from "../model.ts";
import type { ThreadState } from "../thread-state.ts";
import { type CheckpointBudget, checkpointText } from "./checkpoint.ts";
import { askForNotes } from "./notes.ts";
import { workRecord } from "./record.ts";
import { createSealing } from "./sealing.ts";
import { charactersPerToken, estimateItem, estimateItems, estimateText, tokenScale, windowUse } from "./tokens.ts";

export type CompactionReason = EventOf<"thread.compacted">["reason"];

export type Compactor = {
  /**
   * Puts a checkpoint in the place of the conversation's beginning: for `window` only when it is about to be full.
   * Resolves with whether anything gave way. Never rejects for what the model does.
   */
  makeRoom(reason: CompactionReason, request: ModelRequest, signal: AbortSignal): Promise<boolean>;
};

/** Of the window: from here on the conversation is compacted, which leaves room for an answer and its results. */
const fullShare = 0.8;
/** What a request that was refused for its length is taken to have been, of the window it would have fitted in. */
const refusedShare = 0.9;
/** Of what may be in the window: the most that the provider's own compaction may leave. */
const sealedShare = 1 / 3;
/** What stays as it was said, of the window, and at most in tokens. */
const tail = { share: 0.15, most: 40_000 };

/** Each part of a checkpoint, of the window, and at most in characters. */
const budgetFor = (window: number): CheckpointBudget => {
  const part = (share: number, most: number): number => Math.min(most, Math.floor(window * share * charactersPerToken));
  return { words: part(0.12, 60_000), record: part(0.04, 12_000), notes: part(0.08, 20_000) };
};

/**
 * The number of the first event that stays as it was said. The last answer and its results always stay, for they are
 * what the model is in the middle of; no result is parted from its call.
 */
export const keptFrom = (entries: readonly Entry[], tokens: number): number => {
  let from = entries.length;
  let sum = 0;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index];
    if (entry === undefined || entry.seq < 0) break;
    sum += estimateItem(entry.item);
    if (from < entries.length && sum > tokens) break;
    if (entry.item.type !== "result") from = index;
  }
  return entries[from]?.seq ?? (entries.at(-1)?.seq ?? -1) + 1;
};

/** What happens around a compaction. `before`: false where it is not to be. */
type Around = {
  before(reason: CompactionReason, signal: AbortSignal): Promise<boolean>;
  after(reason: CompactionReason, signal: AbortSignal): Promise<void>;
};

/** `limit`: tokens of input from which on it compacts, when the configuration says so. */
export const createCompactor = (state: ThreadState, model: Model, limit: number | null, around?: Around): Compactor => {
  let window = model.info.contextWindow;
  const seal = createSealing(state, model);
  const most = (): number => Math.min(limit ?? Number.POSITIVE_INFINITY, window * fullShare);

  // Both are the thread's, the same with every request.
  let fixedTokens: number | null = null;

  /** Notes are asked for where the provider did not keep what its model had in mind, and where a person wants a checkpoint. */
  const sealOrNote = async (reason: CompactionReason, request: ModelRequest, from: number, signal: AbortSignal) => {
    const input = state.conversation.entries.filter(({ seq }) => seq < from).map(({ item }) => item);
    const fits = reason !== "overflow";
    const sealed = await seal({ request: { ...request, input }, fits, room: most() * sealedShare }, signal);
    if (signal.aborted || (sealed !== null && reason !== "command")) return { sealed, text: null };
    const { text, usage } = await askForNotes(model, request, fits, signal);
    if (usage !== null) state.emit({ type: "usage.added", purpose: "checkpoint", model: model.info.id, usage });
    return { sealed, text };
  };

  return {
    async makeRoom(reason, request, signal) {
      fixedTokens ??= estimateText(request.instructions) + estimateText(JSON.stringify(request.tools));
      const fixed = fixedTokens;
      const before = windowUse(request.input, state.counted, fixed);
      if (reason === "window" && before <= most()) return false;
      if (reason === "overflow") window = Math.min(window, Math.floor(before * refusedShare));
      const scale = tokenScale(request.input, state.counted, fixed);
      // Whoever asks for it wants as much as possible gone.
      const keep = reason === "command" ? 0 : Math.min(tail.most, window * tail.share) / scale;
      const from = keptFrom(state.conversation.entries, keep);
      // Only what a checkpoint would not shorten is left.
      if (!state.conversation.entries.some(({ seq, item }) => seq >= 0 && seq < from && item.type !== "message"))
        return false;
      if (around !== undefined && !(await around.before(reason, signal))) return false;
      const { sealed, text } = await sealOrNote(reason, request, from, signal);
      if (signal.aborted) return false;
      const record = workRecord(state.facts.live(state.events));
      const checkpoint = checkpointText(record, text, budgetFor(window / scale));
      const instead = { checkpoint, ...(sealed === null ? {} : { sealed }) };
      const kept = state.conversation.entries.filter(({ seq }) => seq >= from).map(({ item }) => item);
      const after = Math.ceil((fixed + estimateItems([...standIns(instead), ...kept])) * scale);
      const tokens = { tokens_before: before, tokens_after: after };
      state.emit({ type: "thread.compacted", reason, kept_from: from, ...instead, ...tokens });
      await around?.after(reason, signal);
      return true;
    },
  };
};
