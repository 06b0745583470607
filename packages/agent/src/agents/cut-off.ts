import type { AgentItem, LoggedEvent, ThreadEvent, Usage } from "@fettle/protocol";
import { addUsage, noUsage } from "@fettle/protocol";
import { readThread } from "../thread/thread-log.ts";

/* What a thread must learn of its helpers when the process that ran them was killed. */

type Sums = Map<string, Usage>;

const add = (sums: Sums, model: string, usage: Usage): void =>
  void sums.set(model, addUsage(sums.get(model) ?? noUsage(), usage));

const spentBy = (events: Iterable<ThreadEvent>): Sums => {
  const sums: Sums = new Map();
  for (const event of events)
    if (event.type === "model.completed" || event.type === "usage.added") add(sums, event.model, event.usage);
  return sums;
};

const toldOf = (events: Iterable<ThreadEvent>, threadId: string): Sums => {
  const sums: Sums = new Map();
  for (const event of events)
    if (event.type === "usage.added" && event.thread_id === threadId) add(sums, event.model, event.usage);
  return sums;
};

const difference = (all: Usage, told: Usage): Usage => ({
  input_tokens: all.input_tokens - told.input_tokens,
  cached_input_tokens: all.cached_input_tokens - told.cached_input_tokens,
  cache_write_input_tokens: all.cache_write_input_tokens - told.cache_write_input_tokens,
  output_tokens: all.output_tokens - told.output_tokens,
  reasoning_output_tokens: all.reasoning_output_tokens - told.reasoning_output_tokens,
});

/** Model calls of cut-off helpers that their own logs have and this thread's has not: they count once all the same. */
export const missedUsage = (home: string, cut: readonly AgentItem[], events: readonly LoggedEvent[]): ThreadEvent[] =>
  [...new Set(cut.map(({ thread_id }) => thread_id))].flatMap((thread_id) => {
    const read = readThread(home, thread_id);
    if (!read.ok) return [];
    const told = toldOf(events, thread_id);
    return [...spentBy(read.events)].flatMap(([model, all]): ThreadEvent[] => {
      const usage = difference(all, told.get(model) ?? noUsage());
      if (usage.input_tokens + usage.output_tokens <= 0) return [];
      return [{ type: "usage.added", purpose: "agent", model, usage, thread_id }];
    });
  });

const cutTask = (task: string): string => (task.length > 300 ? `${task.slice(0, 300)}…` : task);

/** What the model is told of them. */
export const cutOffWords = (cut: readonly AgentItem[]): string =>
  [
    "[fettle was stopped while these agents were at work. They have ended, and nothing of their changes was taken over; start what is still needed again.]",
    ...cut.map(({ name, role, thread_id, task }) => `- ${name} (${role}, thread ${thread_id}): ${cutTask(task)}`),
  ].join("\n");
