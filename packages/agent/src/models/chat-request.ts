import type { ContentPart, InputItem } from "@fettle/protocol";
import type { ModelInfo, ModelRequest } from "../model.ts";
import { asFunctionArguments, asJsonObject, sendableParts, textOf, visibleContent } from "./input-parts.ts";
import type { RemoteChoice } from "./provider.ts";

/* The body of a Chat Completions request. Its keys always come in the same order, `messages` last. */

type Json = Record<string, unknown>;

/** Plain text where possible: many local servers take nothing else for a message without pictures. */
const contentOf = (content: readonly ContentPart[], info: ModelInfo): string | Json[] => {
  const visible = visibleContent(content, info);
  if (visible.every((part) => part.type === "text")) return textOf(visible);
  return visible.map((part) =>
    part.type === "text" ? { type: "text", text: part.text } : { type: "image_url", image_url: { url: part.url } },
  );
};

const assistantMessage = (
  item: Extract<InputItem, { type: "output" }>,
  request: ModelRequest,
  info: ModelInfo,
): Json[] => {
  let text = "";
  const calls: Json[] = [];
  for (const part of sendableParts(item, info)) {
    if (part.type === "text") text += part.text;
    if (part.type !== "call") continue;
    const { name } = part;
    const written =
      part.freeform === true ? asFunctionArguments(name, part.arguments, request.tools) : asJsonObject(part.arguments);
    calls.push({ id: part.call_id, type: "function", function: { name, arguments: written } });
  }
  if (calls.length > 0) return [{ role: "assistant", content: text === "" ? null : text, tool_calls: calls }];
  // A message without anything is refused by many servers.
  return text === "" ? [] : [{ role: "assistant", content: text }];
};

/**
 * The conversation as messages. A tool's message takes only text, so its pictures follow in a user message after the
 * whole run of results (calls and results must not be separated).
 */
const messagesOf = (request: ModelRequest, choice: RemoteChoice): Json[] => {
  const { info } = choice;
  // Templates of local models allow one system message, at the start.
  const developer = info.provider === "openai" ? "developer" : "user";
  const messages: Json[] = [];
  if (request.instructions !== "") messages.push({ role: "system", content: request.instructions });
  let pictures: Json[] = [];
  const flush = (): void => {
    if (pictures.length > 0) messages.push({ role: "user", content: pictures });
    pictures = [];
  };
  for (const item of request.input) {
    if (item.type !== "result") flush();
    if (item.type === "output") messages.push(...assistantMessage(item, request, info));
    if (item.type === "message") {
      const role = item.role === "developer" ? developer : "user";
      messages.push({ role, content: contentOf(item.content, info) });
    }
    if (item.type === "result") {
      const visible = visibleContent(item.content, info);
      const words = visible.filter((part) => part.type === "text");
      const images = visible.filter((part) => part.type === "image");
      const content = words.length === 0 && images.length > 0 ? "[the picture follows]" : textOf(words);
      messages.push({ role: "tool", tool_call_id: item.call_id, content });
      pictures.push(...images.map((image) => ({ type: "image_url", image_url: { url: image.url } })));
    }
  }
  flush();
  return messages;
};

/** What a server that calls itself compatible may not know. */
export const optionalChatParameters = [
  "stream_options",
  "parallel_tool_calls",
  "reasoning_effort",
  "prompt_cache_key",
  "store",
];

/** The body as JSON text, without what the server is known to reject. */
export const chatBody = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): string => {
  const { info } = choice;
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
  const schema = { name: "answer", strict: true, schema: request.outputSchema };
  const optional: Json = {
    stream_options: { include_usage: true },
    ...(tools.length === 0 ? {} : { parallel_tool_calls: true }),
    ...(info.reasoning && request.effort !== undefined ? { reasoning_effort: request.effort } : {}),
    ...(info.provider === "openai" ? { prompt_cache_key: request.cacheKey, store: false } : {}),
  };
  for (const name of rejected) delete optional[name];
  const body: Json = {
    model: choice.wireModel,
    stream: true,
    ...optional,
    ...(request.outputSchema === undefined ? {} : { response_format: { type: "json_schema", json_schema: schema } }),
    ...(tools.length === 0 ? {} : { tools }),
    messages: messagesOf(request, choice),
  };
  return JSON.stringify(body);
};
