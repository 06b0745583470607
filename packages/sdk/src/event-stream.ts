import type { ThreadEvent } from "@fettle/protocol";

/* Events that come on their own, for one who asks for the next. */

export type EventQueue = {
  push(event: ThreadEvent): void;
  /** No more will come; what was pushed is still given out. */
  end(): void;
  /** The next event; undefined after the last. */
  next(): Promise<ThreadEvent | undefined>;
};

export const createEventQueue = (): EventQueue => {
  const events: ThreadEvent[] = [];
  let ended = false;
  let wake: (() => void) | null = null;
  const stir = (): void => {
    wake?.();
    wake = null;
  };
  return {
    push(event) {
      events.push(event);
      stir();
    },
    end() {
      ended = true;
      stir();
    },
    async next() {
      while (events.length === 0 && !ended)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return events.shift();
    },
  };
};
