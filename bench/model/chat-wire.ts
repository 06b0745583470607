import { type Json, record, records, string, textOf, withoutCacheMarks } from "./json.ts";
import { type Answer, answerTokens, plainEvent, type Reply, type Wire } from "./wire.ts";

/* OpenAI Chat Completions. */

const base = (reply: Reply, object: string): Json => ({
  id: reply.id,
  object,
  created: 1_700_000_000,
  model: reply.model,
});

const chunk = (reply: Reply, delta: Json, finish: string | null = null): string =>
  plainEvent({ ...base(reply, "chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason: finish }] });

const usageOf = (reply: Reply): Json => ({
  prompt_tokens: reply.promptTokens,
  completion_tokens: answerTokens,
  total_tokens: reply.promptTokens + answerTokens,
  prompt_tokens_details: { cached_tokens: reply.cachedTokens },
});

const callOf = (answer: Extract<Answer, { kind: "call" }>): Json => ({
  id: answer.id,
  type: "function",
  function: { name: answer.tool.name, arguments: JSON.stringify(answer.arguments) },
});

export const chatWire: Wire = {
  serves: (path) => path.endsWith("/chat/completions"),
  hear: (body) => {
    const messages = records(body.messages);
    const format = record(record(body.response_format).json_schema).schema;
    return {
      tools: records(body.tools)
        .map((tool) => record(tool.function))
        .map((tool) => ({ name: string(tool.name), parameters: record(tool.parameters) })),
      prompt: [JSON.stringify(body.tools ?? []), ...messages.map(withoutCacheMarks)],
      results: messages
        .filter((message) => message.role === "tool")
        .map((message) => ({ id: string(message.tool_call_id), text: textOf(message.content) })),
      stream: body.stream === true,
      schema: format === undefined ? undefined : record(format),
    };
  },
  opening: (reply) => chunk(reply, { role: "assistant", content: "" }),
  delta: (reply, content) => chunk(reply, { content }),
  closing: (reply, answer) => {
    const body =
      answer.kind === "call"
        ? chunk(reply, { tool_calls: [{ index: 0, ...callOf(answer) }] }) + chunk(reply, {}, "tool_calls")
        : (answer.text === "" ? "" : chunk(reply, { content: answer.text })) + chunk(reply, {}, "stop");
    const usage = plainEvent({ ...base(reply, "chat.completion.chunk"), choices: [], usage: usageOf(reply) });
    return `${body}${usage}data: [DONE]\n\n`;
  },
  whole: (reply, answer) => {
    const calls = answer.kind === "call" ? { content: null, tool_calls: [callOf(answer)] } : { content: answer.text };
    const finish = answer.kind === "call" ? "tool_calls" : "stop";
    const choices = [{ index: 0, message: { role: "assistant", ...calls }, finish_reason: finish }];
    return { ...base(reply, "chat.completion"), choices, usage: usageOf(reply) };
  },
};
