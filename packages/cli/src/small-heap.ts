import type { ThreadEvent } from "@fettle/protocol";

/** By then a run is one of many small steps. */
const manyCalls = 20;

/**
 * V8 lets the heap of young objects grow to 64 MB, which small steps do not need: a run of days would hold them all the
 * time, and each command's fork copies their page tables. After so many model calls it grows no further; a short run, or
 * a single long answer, is left alone.
 */
export const keepHeapSmall = (onEvent: (event: ThreadEvent) => void): ((event: ThreadEvent) => void) => {
  let calls = 0;
  return (event) => {
    if (event.type === "model.completed" && ++calls === manyCalls)
      process.getBuiltinModule("node:v8").setFlagsFromString("--semi-space-growth-factor=1");
    onEvent(event);
  };
};
