import { type Json, list, record, records, string, textOf, withoutCacheMarks } from "./json.ts";
import { type Answer, answerTokens, event, type Reply, type Wire } from "./wire.ts";

/* Anthropic Messages. */

const send = (type: string, data: Json): string => event(type, { type, ...data });

const usageOf = (reply: Reply): Json => ({
  input_tokens: reply.promptTokens - reply.cachedTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: reply.cachedTokens,
  output_tokens: answerTokens,
});

const messageOf = (reply: Reply, content: readonly Json[], stop: string | null): Json => ({
  id: reply.id,
  type: "message",
  role: "assistant",
  model: reply.model,
  content,
  stop_reason: stop,
  stop_sequence: null,
  usage: usageOf(reply),
});

const open = (block: Json): string => send("content_block_start", { index: 0, content_block: block });
const add = (delta: Json): string => send("content_block_delta", { index: 0, delta });

const delta = (reply: Reply, text: string): string => {
  const opening = reply.text === undefined ? open({ type: "text", text: "" }) : "";
  reply.text = (reply.text ?? "") + text;
  return opening + add({ type: "text_delta", text });
};

const stopOf = (answer: Answer): string => (answer.kind === "call" ? "tool_use" : "end_turn");

export const messagesWire: Wire = {
  serves: (path) => path.endsWith("/messages"),
  hear: (body) => {
    const messages = records(body.messages);
    const format = record(record(body.output_config).format).schema;
    return {
      tools: records(body.tools).map((tool) => ({
        name: string(tool.name),
        parameters: record(tool.input_schema),
      })),
      prompt: [
        withoutCacheMarks(body.tools ?? []),
        withoutCacheMarks(body.system ?? ""),
        ...messages.map(withoutCacheMarks),
      ],
      results: messages
        .flatMap((message) => list(message.content))
        .map(record)
        .filter((part) => part.type === "tool_result")
        .map((part) => ({ id: string(part.tool_use_id), text: textOf(part.content) })),
      stream: body.stream === true,
      schema: format === undefined ? undefined : record(format),
    };
  },
  opening: (reply) => send("message_start", { message: messageOf(reply, [], null) }),
  delta,
  closing: (reply, answer) => {
    let block = "";
    if (answer.kind === "call") {
      block = open({ type: "tool_use", id: answer.id, name: answer.tool.name, input: {} });
      block += add({ type: "input_json_delta", partial_json: JSON.stringify(answer.arguments) });
    } else if (answer.text !== "" || reply.text === undefined) block = delta(reply, answer.text);
    block += send("content_block_stop", { index: 0 });
    const stop = { delta: { stop_reason: stopOf(answer), stop_sequence: null }, usage: usageOf(reply) };
    return block + send("message_delta", stop) + send("message_stop", {});
  },
  whole: (reply, answer) => {
    const block: Json =
      answer.kind === "call"
        ? { type: "tool_use", id: answer.id, name: answer.tool.name, input: answer.arguments }
        : { type: "text", text: answer.text };
    return messageOf(reply, [block], stopOf(answer));
  },
};
