import type { SealedBeginning } from "@fettle/protocol";
import type { Model, ModelRequest } from "../model.ts";
import type { ThreadState } from "../thread-state.ts";
import { withoutLongResults } from "./notes.ts";
import { estimateItem } from "./tokens.ts";

/*
 * The provider's own compaction, which keeps what its model had in mind and no text can tell. It stands beside our
 * checkpoint, never instead of it: another model cannot read it, and neither can a person.
 */

export type Sealing = {
  /** `request` with the beginning alone as its input. */
  readonly request: ModelRequest;
  /** False when the whole input is known to be too large. */
  readonly fits: boolean;
  /** The most tokens, as estimated, that the provider's items may take. */
  readonly room: number;
};

/** Null: there is only our own way, for this time or for the rest of the run. Never rejects. */
export const createSealing = (state: ThreadState, model: Model) => {
  let usable = model.compact !== undefined;
  const giveUp = (why: string): null => {
    usable = false;
    state.notice(`${why}; from here on fettle compacts without the provider`);
    return null;
  };

  return async ({ request, fits, room }: Sealing, signal: AbortSignal): Promise<SealedBeginning | null> => {
    if (!usable || model.compact === undefined) return null;
    const input = fits ? request.input : withoutLongResults(request.input);
    const outcome = await model.compact({ ...request, input }, signal);
    if (outcome.type === "failed")
      return signal.aborted ? null : giveUp(`the provider did not compact: ${outcome.failure.message}`);
    const { sealed, usage } = outcome;
    state.emit({ type: "usage.added", purpose: "checkpoint", model: model.info.id, usage });
    // Else the window would be full again at once, and compacted with every call.
    if (estimateItem({ type: "sealed", ...sealed }) > room)
      return giveUp("what the provider compacted is hardly shorter than before");
    return sealed;
  };
};
