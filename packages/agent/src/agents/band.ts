import type { AgentItem, LoggedEvent } from "@fettle/protocol";
import type { Helper, HelperEnd } from "./helper.ts";
import type { HelperPorts } from "./open-helper.ts";
import type { Crowd } from "./types.ts";

/** The helpers of a thread in this process, by name, with what they share. */
export type Band = { readonly ports: HelperPorts; readonly helpers: Map<string, Helper> };

/** What the model reads; `ok: false` where nothing was done. */
export type Said = { readonly ok: boolean; readonly text: string };

export const yes = (text: string): Said => ({ ok: true, text });
export const no = (text: string): Said => ({ ok: false, text });

/** How many helpers a log tells of. */
export const begunIn = (events: readonly LoggedEvent[]): number =>
  new Set(
    events.flatMap((event) => (event.type === "item.started" && event.item.type === "agent" ? [event.item.name] : [])),
  ).size;

/** Those at work, and those at work before. */
export const crowdOf = (events: readonly LoggedEvent[]): Crowd => ({ running: 0, begun: begunIn(events) });

/** Those of whom the model is still to hear. */
export const expected = ({ helpers }: Band): Helper[] => [...helpers.values()].filter(({ told }) => !told);

export const unknown = ({ helpers }: Band, name: string): Said =>
  no(`there is no agent ${JSON.stringify(name)}; agents: ${[...helpers.keys()].join(", ") || "none"}`);

/** Puts how a helper ended on record. */
export const show = ({ ports }: Band, helper: Helper, more: Partial<AgentItem>): void => {
  helper.item = { ...helper.item, ...more };
  ports.state.emit({ type: "item.completed", item: helper.item });
};

/** Lets a helper work on these words. */
export const begin = ({ ports }: Band, helper: Helper, task: string): void => {
  const { crowd, state } = ports;
  crowd.running += 1;
  helper.end = null;
  helper.told = false;
  helper.startedAt = performance.now();
  const { message: _, error: __, conflicts: ___, ...item } = helper.item;
  helper.item = { ...item, id: state.facts.nextItemId(), task, status: "in_progress" };
  state.emit({ type: "item.started", item: helper.item });
  const ended = (end: HelperEnd): void => {
    helper.end = end;
    crowd.running -= 1;
  };
  helper.done = helper.opened.thread.run({ text: task, images: [], checks: [] }).then(
    (result) => ended({ result }),
    (error: unknown) => ended({ result: null, error: error instanceof Error ? error.message : String(error) }),
  );
};

/** Ends a helper's turn, if it has one, and waits for its end. */
export const interrupt = async (helper: Helper): Promise<void> => {
  helper.opened.thread.interrupt();
  await helper.done;
};
