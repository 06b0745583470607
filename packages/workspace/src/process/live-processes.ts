/** What must be ended when this process ends. */
export type Endable = {
  /** Ends it at once and synchronously. Must not throw. */
  endNow(): void;
};

const live = new Set<Endable>();
let watching = false;

/** Ends everything that commands of this process have left: processes, placeholders, folders. For signal handlers. */
export const endAll = (): void => {
  // The last first: a command goes before the workspace whose placeholders it may still be mounting over.
  for (const one of [...live].reverse()) {
    live.delete(one);
    one.endNow();
  }
};

/** Keeps `one` until `forget`; the end of our process ends it. */
export const remember = (one: Endable): void => {
  live.add(one);
  if (watching) return;
  watching = true;
  process.once("exit", endAll);
};

export const forget = (one: Endable): void => {
  live.delete(one);
};
