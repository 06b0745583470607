import type { ThreadEvent } from "@fettle/protocol";

/* What logs that are made for measuring hold. */

export const usage = {
  input_tokens: 9000,
  cached_input_tokens: 8800,
  cache_write_input_tokens: 0,
  output_tokens: 60,
  reasoning_output_tokens: 0,
};

/** One command of a turn, as the log has it. */
export const commandEvents = (index: number): ThreadEvent[] => {
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
