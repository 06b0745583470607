import { type Json, record, records, string, textOf } from "./json.ts";
import { type Answer, answerTokens, event, type Heard, type Reply, type Tool, type Wire } from "./wire.ts";

/* OpenAI Responses. */

const toolOf = (tool: Json, namespace?: string): Tool => ({
  name: string(tool.name) || string(tool.type),
  parameters: record(tool.parameters),
  freeform: tool.type === "custom",
  ...(namespace !== undefined && { namespace }),
});

/** Tools may lie in groups ("namespace") and may be added inside the input. */
const toolsOf = (tools: readonly Json[]): Tool[] =>
  tools.flatMap((tool) =>
    tool.type === "namespace" ? records(tool.tools).map((inner) => toolOf(inner, string(tool.name))) : [toolOf(tool)],
  );

const hear = (body: Json): Heard => {
  const input = Array.isArray(body.input) ? records(body.input) : [{ role: "user", content: body.input }];
  const added = input
    .filter((item: Json) => item.type === "additional_tools")
    .flatMap((item: Json) => records(item.tools));
  return {
    tools: toolsOf([...records(body.tools), ...added]),
    prompt: [JSON.stringify(body.tools ?? []), string(body.instructions), ...input.map((item) => JSON.stringify(item))],
    results: input
      .filter((item: Json) => string(item.type).endsWith("_output"))
      .map((item: Json) => ({ id: string(item.call_id), text: textOf(item.output) })),
    stream: body.stream === true,
    schema: "format" in record(body.text) ? record(record(record(body.text).format).schema) : undefined,
  };
};

const message = (reply: Reply, text: string): Json => ({
  id: `msg_${reply.id}`,
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});

const itemOf = (reply: Reply, answer: Answer): Json => {
  if (answer.kind === "text") return message(reply, (reply.text ?? "") + answer.text);
  const { tool, id } = answer;
  const base = { status: "completed", call_id: id, name: tool.name };
  const text = typeof answer.arguments === "string" ? answer.arguments : JSON.stringify(answer.arguments);
  if (tool.freeform === true) return { id: `ctc_${reply.id}`, type: "custom_tool_call", ...base, input: text };
  const group = tool.namespace === undefined ? {} : { namespace: tool.namespace };
  return { id: `fc_${reply.id}`, type: "function_call", ...base, arguments: text, ...group };
};

const responseOf = (reply: Reply, status: string, output: readonly Json[]): Json => ({
  id: reply.id,
  object: "response",
  created_at: 1_700_000_000,
  model: reply.model,
  status,
  output,
});

const completed = (reply: Reply, item: Json): Json => ({
  ...responseOf(reply, "completed", [item]),
  usage: {
    input_tokens: reply.promptTokens,
    input_tokens_details: { cached_tokens: reply.cachedTokens },
    output_tokens: answerTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: reply.promptTokens + answerTokens,
  },
});

const send = (type: string, data: Json): string => event(type, { type, ...data });

const itemAdded = (item: Json): string => send("response.output_item.added", { output_index: 0, item });

const delta = (reply: Reply, text: string): string => {
  const place = { item_id: `msg_${reply.id}`, output_index: 0, content_index: 0 };
  const opening =
    reply.text === undefined
      ? itemAdded({ ...message(reply, ""), status: "in_progress", content: [] }) +
        send("response.content_part.added", { ...place, part: { type: "output_text", text: "", annotations: [] } })
      : "";
  reply.text = (reply.text ?? "") + text;
  return opening + send("response.output_text.delta", { ...place, delta: text });
};

const closing = (reply: Reply, answer: Answer): string => {
  let out = "";
  if (answer.kind === "text" && answer.text !== "") out += delta(reply, answer.text);
  const item = itemOf(reply, answer.kind === "text" ? { kind: "text", text: "" } : answer);
  if (answer.kind === "call") out += itemAdded({ ...item, status: "in_progress", arguments: "", input: "" });
  out += send("response.output_item.done", { output_index: 0, item });
  return out + send("response.completed", { response: completed(reply, item) });
};

export const responsesWire: Wire = {
  serves: (path) => path.endsWith("/responses"),
  hear,
  opening: (reply) => send("response.created", { response: responseOf(reply, "in_progress", []) }),
  delta,
  closing,
  whole: (reply, answer) => completed(reply, itemOf(reply, answer)),
};
