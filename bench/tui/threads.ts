import { createThread } from "@fettle/agent";
import { commandEvents, usage } from "../own/made-events.ts";

/** The words at the end of every made thread. */
export const lastWords = "All of it is done.";

/** Makes a thread of so many commands, ten a turn; its id. */
export const makeThread = (home: string, cwd: string, commands: number): string => {
  const log = createThread(home);
  log.append({ type: "thread.started", thread_id: log.id, cwd, model: "gpt-5" });
  for (let index = 0; index < commands; index++) {
    if (index % 10 === 0) {
      log.append({ type: "turn.started", turn: index / 10 + 1, model: "gpt-5" });
      const item = {
        id: `words_${index}`,
        type: "user_message",
        text: `Part ${index / 10 + 1}`,
        source: "user",
      } as const;
      log.append({ type: "item.completed", item });
    }
    for (const event of commandEvents(index)) log.append(event);
    if (index % 10 !== 9 && index !== commands - 1) continue;
    log.append({ type: "item.completed", item: { id: `said_${index}`, type: "agent_message", text: lastWords } });
    log.append({ type: "turn.completed", usage });
  }
  log.close();
  return log.id;
};
