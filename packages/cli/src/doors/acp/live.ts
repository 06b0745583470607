/* What is told before it is whole. */

/** Live output is told at this pace, in milliseconds, and of much output its end: each update replaces the last. */
const pace = 100;
const mostLive = 16 * 1024;

/** Pieces of a text that come before it is whole: whatever came live is not told a second time. */
export const createStream = (send: (text: string, id: string) => void) => {
  let id = "";
  let told = "";
  return {
    piece(itemId: string, delta: string): void {
      if (itemId !== id) told = "";
      id = itemId;
      told += delta;
      if (delta !== "") send(delta, itemId);
    },
    whole(itemId: string, text: string): void {
      // One answer may become several items, all of which came as one stream.
      if (told.startsWith(text)) {
        told = told.slice(text.length);
        return;
      }
      const rest = text.startsWith(told) ? text.slice(told.length) : text;
      told = "";
      send(rest, itemId);
    },
    /** What came was dropped: the answer begins again. */
    dropped(): boolean {
      const some = told !== "";
      told = "";
      return some;
    },
  };
};

/** Output that is on its way, by item; told together so that much of it costs little. */
export const createLiveOutput = (send: (id: string, output: string) => void) => {
  const outputs = new Map<string, string>();
  const changed = new Set<string>();
  let waits = false;
  const flush = (): void => {
    waits = false;
    for (const id of changed) send(id, outputs.get(id) ?? "");
    changed.clear();
  };
  return {
    has: (id: string): boolean => outputs.has(id),
    begin: (id: string, output: string): void => void outputs.set(id, output),
    add(id: string, delta: string): void {
      const output = `${outputs.get(id) ?? ""}${delta}`;
      outputs.set(id, output.length > mostLive ? `…${output.slice(-mostLive)}` : output);
      changed.add(id);
      if (!waits) setTimeout(flush, pace).unref();
      waits = true;
    },
    end(id: string): void {
      outputs.delete(id);
      changed.delete(id);
    },
  };
};
