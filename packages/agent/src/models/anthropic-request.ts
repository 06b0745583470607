import type { ContentPart, InputItem } from "@fettle/protocol";
import type { ModelInfo, ModelRequest } from "../model.ts";
import {
  asFunctionArguments,
  asJsonObject,
  dataOf,
  sendableParts,
  textOf,
  visibleContent,
  withSchemaInstruction,
} from "./input-parts.ts";
import type { RemoteChoice } from "./provider.ts";
import { budgetOf, offeredEffort } from "./thinking.ts";

/* The body of a request to the Messages API. Its keys always come in the same order, `messages` last. */

type Json = Record<string, unknown>;
type Message = { readonly role: "user" | "assistant"; readonly content: Json[] };

const contentOf = (content: readonly ContentPart[], info: ModelInfo): Json[] =>
  visibleContent(content, info).flatMap((part): Json[] => {
    // An empty text is refused.
    if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }];
    const data = dataOf(part.url);
    const source =
      data === undefined
        ? { type: "url", url: part.url }
        : { type: "base64", media_type: data.mediaType, data: data.data };
    return [{ type: "image", source }];
  });

/** Ids of other providers' calls may have characters that are refused here. */
const idOf = (callId: string): string => callId.replace(/[^\w-]/g, "_");

const answerOf = (item: Extract<InputItem, { type: "output" }>, request: ModelRequest, info: ModelInfo): Json[] =>
  sendableParts(item, info).flatMap((part): Json[] => {
    if (part.type === "text") return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
    if (part.type === "reasoning") {
      if (part.seal === "opaque") return [{ type: "redacted_thinking", data: part.encrypted }];
      return part.seal === "signed" ? [{ type: "thinking", thinking: part.text, signature: part.encrypted }] : [];
    }
    const { name } = part;
    const written =
      part.freeform === true ? asFunctionArguments(name, part.arguments, request.tools) : asJsonObject(part.arguments);
    return [{ type: "tool_use", id: idOf(part.call_id), name, input: JSON.parse(written) as unknown }];
  });

const resultOf = (item: Extract<InputItem, { type: "result" }>, info: ModelInfo): Json => {
  const visible = visibleContent(item.content, info);
  const plain = visible.every((part) => part.type === "text");
  const content = plain ? textOf(visible) : contentOf(item.content, info);
  return { type: "tool_result", tool_use_id: idOf(item.call_id), content };
};

/**
 * The conversation as messages: the results of one answer's calls in one message, anything else in one of its own (the
 * API joins neighbours of one role), so that whatever follows leaves the bytes before it as they were.
 */
const messagesOf = (request: ModelRequest, info: ModelInfo): Message[] => {
  const messages: Message[] = [];
  let results: Json[] | null = null;
  for (const item of request.input) {
    if (item.type === "result") {
      if (results === null) {
        results = [];
        messages.push({ role: "user", content: results });
      }
      results.push(resultOf(item, info));
      continue;
    }
    results = null;
    if (item.type === "sealed") continue;
    const role = item.type === "output" ? "assistant" : "user";
    const content = item.type === "output" ? answerOf(item, request, info) : contentOf(item.content, info);
    if (content.length > 0) messages.push({ role, content });
  }
  return messages;
};

const mark = { cache_control: { type: "ephemeral" } } as const;
/** How many blocks the service looks back from a mark for what it has in its cache (20), with a margin. */
const lookBack = 18;

/**
 * The request's own mark makes the service mark its last block, wherever that is by then. An answer with so many calls
 * that the last request's end is out of sight gets a second mark there; else the whole conversation would be paid anew.
 */
const markLongStep = (messages: Message[]): void => {
  const answer = messages.findLastIndex((message) => message.role === "assistant");
  const blocks = messages.slice(answer).reduce((sum, message) => sum + message.content.length, 0);
  const before = messages[answer - 1]?.content;
  const last = before?.at(-1);
  if (before !== undefined && last !== undefined && blocks > lookBack) before[before.length - 1] = { ...last, ...mark };
};

const maxTokensOf = (info: ModelInfo): number => info.maxOutput ?? Math.min(32_000, Math.floor(info.contextWindow / 2));

type Effort = { readonly thinking?: Json; readonly effort?: string };

const effortOf = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): Effort => {
  const { info } = choice;
  if (!info.reasoning) return {};
  const way = info.thinking ?? { by: "budget", mostTokens: 16_384, canStop: true };
  if (request.effort === undefined) {
    // With a budget, not to ask for thinking is enough.
    return way.by === "effort" && way.canStop ? { thinking: { type: "disabled" } } : {};
  }
  if (way.by === "budget") {
    const most = Math.min(way.mostTokens, Math.floor(maxTokensOf(info) / 2));
    return { thinking: { type: "enabled", budget_tokens: budgetOf(request.effort, most) } };
  }
  const display = choice.summary === "none" ? "omitted" : "summarized";
  const effort = offeredEffort(request.effort, way.efforts);
  return {
    thinking: { type: "adaptive", ...(rejected.has("display") ? {} : { display }) },
    ...(effort === undefined || rejected.has("effort") ? {} : { effort }),
  };
};

/** What a model of another generation, or a server other than Anthropic's, may not know. */
export const optionalAnthropicParameters = ["effort", "display", "output_config", "cache_control"];

/** The body as JSON text, without what the server is known to reject. */
export const anthropicBody = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): string => {
  const { info } = choice;
  const { thinking, effort } = effortOf(request, choice, rejected);
  const configurable = !rejected.has("output_config");
  const schema = request.outputSchema;
  const output_config = {
    ...(effort === undefined ? {} : { effort }),
    ...(schema === undefined ? {} : { format: { type: "json_schema", schema } }),
  };
  const instructions = withSchemaInstruction(request.instructions, configurable ? undefined : schema);
  const cached = rejected.has("cache_control") ? {} : mark;
  const tools = request.tools.map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: parameters,
  }));
  const messages = messagesOf(request, info);
  if (!rejected.has("cache_control")) markLongStep(messages);
  const body: Json = {
    model: choice.wireModel,
    max_tokens: maxTokensOf(info),
    stream: true,
    ...cached,
    ...(thinking === undefined ? {} : { thinking }),
    ...(configurable && Object.keys(output_config).length > 0 ? { output_config } : {}),
    ...(tools.length === 0 ? {} : { tools }),
    // Tools stand before it in the prompt, so this mark keeps both for every thread of the same folder.
    ...(instructions === "" ? {} : { system: [{ type: "text", text: instructions, ...cached }] }),
    messages,
  };
  return JSON.stringify(body);
};
