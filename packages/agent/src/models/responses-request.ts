import type { ContentPart, InputItem, SealedBeginning } from "@fettle/protocol";
import type { ModelInfo, ModelRequest, ToolSpec } from "../model.ts";
import { asFunctionArguments, sendableParts, textOf, visibleContent } from "./input-parts.ts";
import type { RemoteChoice } from "./provider.ts";

/* The body of a request to the Responses API. Its keys always come in the same order, `input` last. */

type Json = Record<string, unknown>;

const contentOf = (content: readonly ContentPart[], info: ModelInfo): Json[] =>
  visibleContent(content, info).map((part) =>
    part.type === "text"
      ? { type: "input_text", text: part.text }
      : { type: "input_image", image_url: part.url, detail: "auto" },
  );

const outputItems = (item: Extract<InputItem, { type: "output" }>, request: ModelRequest, info: ModelInfo): Json[] =>
  sendableParts(item, info).map((part): Json => {
    const id = part.id === undefined ? {} : { id: part.id };
    if (part.type === "text") {
      const content = [{ type: "output_text", text: part.text, annotations: [] }];
      return { type: "message", ...id, role: "assistant", status: "completed", content };
    }
    if (part.type === "reasoning") {
      const summary = part.text === "" ? [] : [{ type: "summary_text", text: part.text }];
      return { type: "reasoning", ...id, summary, encrypted_content: part.encrypted };
    }
    const { call_id, name } = part;
    if (part.freeform !== true) return { type: "function_call", ...id, call_id, name, arguments: part.arguments };
    if (info.freeformTools) return { type: "custom_tool_call", ...id, call_id, name, input: part.arguments };
    return {
      type: "function_call",
      call_id,
      name,
      arguments: asFunctionArguments(name, part.arguments, request.tools),
    };
  });

type Written = Exclude<InputItem, { type: "sealed" }>;

const wireItems = (item: Written, request: ModelRequest, info: ModelInfo): Json[] => {
  if (item.type === "output") return outputItems(item, request, info);
  if (item.type === "message") {
    return [{ type: "message", role: item.role, content: contentOf(item.content, info) }];
  }
  const custom = item.freeform === true && info.freeformTools;
  const type = custom ? "custom_tool_call_output" : "function_call_output";
  const visible = visibleContent(item.content, info);
  const plain = visible.every((part) => part.type === "text");
  return [{ type, call_id: item.call_id, output: plain ? textOf(visible) : contentOf(item.content, info) }];
};

/** Only its own model can read it, and only where it is still wanted. */
const sealedItems = (sealed: SealedBeginning, { info, provider }: RemoteChoice): readonly string[] =>
  provider.compaction === true && sealed.provider === info.provider && sealed.model === info.id ? sealed.encrypted : [];

/**
 * What an item was last written as, and for whom. Items never change and each request repeats all that were before it:
 * writing only the new ones keeps a turn's cost from growing with its thread.
 */
const written = new WeakMap<InputItem, { readonly choice: RemoteChoice; readonly json: string }>();

/** The item as JSON, without the brackets of the list it stands in. */
const writtenItem = (item: InputItem, request: ModelRequest, choice: RemoteChoice): string => {
  const known = written.get(item);
  if (known?.choice === choice) return known.json;
  const json =
    item.type === "sealed"
      ? sealedItems(item, choice).join(",")
      : JSON.stringify(wireItems(item, request, choice.info)).slice(1, -1);
  written.set(item, { choice, json });
  return json;
};

/** How a server names what it cannot open (any more): a kind of item, or the content that it had encrypted. */
const sealRefusals = ["compaction", "encrypted content"];

const inputText = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): string => {
  const refused = sealRefusals.some((name) => rejected.has(name));
  return `[${request.input
    .filter(({ type }) => type !== "sealed" || !refused)
    .map((item) => writtenItem(item, request, choice))
    .filter((json) => json !== "")
    .join(",")}]`;
};

const toolOf = (tool: ToolSpec, info: ModelInfo): Json => {
  if (tool.freeform !== undefined && info.freeformTools) {
    const { description, syntax, definition } = tool.freeform;
    return { type: "custom", name: tool.name, description, format: { type: "grammar", syntax, definition } };
  }
  const { name, description, parameters } = tool;
  return { type: "function", name, description, parameters, strict: false };
};

const reasoningOf = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): Json => {
  if (!choice.info.reasoning) return {};
  const effort = request.effort === undefined ? {} : { effort: request.effort };
  const summary = choice.summary === "none" || rejected.has("reasoning.summary") ? {} : { summary: choice.summary };
  const reasoning = { ...effort, ...summary };
  return {
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    ...(rejected.has("include") ? {} : { include: ["reasoning.encrypted_content"] }),
  };
};

/** What a Responses server other than OpenAI's may not know, or may not take back. */
export const optionalResponsesParameters = [
  ...["reasoning.summary", "include", "prompt_cache_key", "parallel_tool_calls"],
  ...sealRefusals,
];

/** The body as JSON text, without what the server is known to reject. */
export const responsesBody = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): string => {
  const { info } = choice;
  const tools = request.tools.map((tool) => toolOf(tool, info));
  const format = { type: "json_schema", name: "answer", strict: true, schema: request.outputSchema };
  const body: Json = {
    model: choice.wireModel,
    stream: true,
    store: false,
    ...(rejected.has("prompt_cache_key") ? {} : { prompt_cache_key: request.cacheKey }),
    ...reasoningOf(request, choice, rejected),
    ...(request.outputSchema === undefined ? {} : { text: { format } }),
    instructions: request.instructions,
    ...(tools.length === 0 ? {} : { tools, tool_choice: "auto" }),
    ...(tools.length === 0 || rejected.has("parallel_tool_calls") ? {} : { parallel_tool_calls: true }),
  };
  return `${JSON.stringify(body).slice(0, -1)},"input":${inputText(request, choice, rejected)}}`;
};

/** The body of a request to compact the input, as JSON text. Tools and effort are no part of it. */
export const compactBody = (request: ModelRequest, choice: RemoteChoice): string => {
  const { instructions, cacheKey } = request;
  const body = JSON.stringify({ model: choice.wireModel, prompt_cache_key: cacheKey, instructions });
  return `${body.slice(0, -1)},"input":${inputText(request, choice, new Set())}}`;
};
