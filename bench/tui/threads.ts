import { createThread } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";

const usage = {
  input_tokens: 9000,
  cached_input_tokens: 8800,
  cache_write_input_tokens: 0,
  output_tokens: 60,
  reasoning_output_tokens: 0,
};

/** One command of a turn, as the log has it. */
const commandEvents = (index: number): ThreadEvent[] => {
  const id = `item_${index}`;
  const call = { type: "call", call_id: `call_${index}`, name: "shell", arguments: '{"command":"npm test"}' } as const;
  const output = `ok ${index} - the suite\n`.repeat(8);
  const item = { id, type: "command_execution", command: "npm test" } as const;
  return [
    { type: "model.completed", model: "gpt-5", output: [call], usage },
    { type: "item.started", item: { ...item, aggregated_output: "", status: "in_progress" } },
    { type: "item.completed", item: { ...item, aggregated_output: output, exit_code: 0, status: "completed" } },
    { type: "tool.completed", call_id: call.call_id, name: "shell", content: [{ type: "text", text: output }] },
  ];
};

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
