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

/* The body of a request to the Gemini API. Its keys always come in the same order, `contents` last. */

type Json = Record<string, unknown>;
type Content = { readonly role: "user" | "model"; readonly parts: Json[] };
type Output = Extract<InputItem, { type: "output" }>;
type Result = Extract<InputItem, { type: "result" }>;

/** Generations that are told a level also take pictures inside a result, and insist on signatures. */
const isThird = (info: ModelInfo): boolean => info.thinking?.by === "effort";

/** Google's own word for calls of other models, which have no signature: without it they are refused. */
const noSignature = "skip_thought_signature_validator";

const inlineData = (url: string): Json[] => {
  const data = dataOf(url);
  return data === undefined ? [] : [{ inlineData: { mimeType: data.mediaType, data: data.data } }];
};

const partsOf = (content: readonly ContentPart[], info: ModelInfo): Json[] =>
  visibleContent(content, info).flatMap((part): Json[] => {
    if (part.type === "image") return inlineData(part.url);
    return part.text === "" ? [] : [{ text: part.text }];
  });

const answerOf = (item: Output, request: ModelRequest, info: ModelInfo): Json[] => {
  const foreign = item.model !== info.id && isThird(info);
  let called = false;
  return sendableParts(item, info).map((part): Json => {
    if (part.type === "reasoning") return { text: part.text, thought: true, thoughtSignature: part.encrypted };
    const signed = part.signature === undefined ? {} : { thoughtSignature: part.signature };
    if (part.type === "text") return { text: part.text, ...signed };
    const { name } = part;
    const written =
      part.freeform === true ? asFunctionArguments(name, part.arguments, request.tools) : asJsonObject(part.arguments);
    const id = part.id === undefined ? {} : { id: part.id };
    // Only the first of calls made together has one.
    const unsigned = foreign && !called ? { thoughtSignature: noSignature } : {};
    called = true;
    return { functionCall: { ...id, name, args: JSON.parse(written) as unknown }, ...signed, ...unsigned };
  });
};

/** Ids that the service gave to calls, under ours. */
const idsOf = (item: Output, info: ModelInfo): [string, string][] =>
  item.model !== info.id
    ? []
    : item.parts.flatMap((part) => (part.type === "call" && part.id !== undefined ? [[part.call_id, part.id]] : []));

const resultOf = (item: Result, id: string | undefined, info: ModelInfo): { response: Json; pictures: Json[] } => {
  const visible = visibleContent(item.content, info);
  const pictures = visible.flatMap((part) => (part.type === "image" ? inlineData(part.url) : []));
  const inside = isThird(info) && pictures.length > 0 ? { parts: pictures } : {};
  const output = textOf(visible.filter((part) => part.type === "text"));
  const named = { ...(id === undefined ? {} : { id }), name: item.name };
  return {
    response: { functionResponse: { ...named, response: { output }, ...inside } },
    pictures: isThird(info) ? [] : pictures,
  };
};

/**
 * The conversation as contents: the results of one answer's calls in one, anything else in one of its own, so that
 * whatever follows leaves the bytes before it as they were. Pictures that no result may hold come after its content.
 */
const contentsOf = (request: ModelRequest, info: ModelInfo): Content[] => {
  const contents: Content[] = [];
  const ids = new Map<string, string>();
  let results: Json[] = [];
  let pictures: Json[] = [];
  const flush = (): void => {
    if (results.length > 0) contents.push({ role: "user", parts: results });
    if (pictures.length > 0) contents.push({ role: "user", parts: pictures });
    results = [];
    pictures = [];
  };
  for (const item of request.input) {
    if (item.type === "result") {
      const written = resultOf(item, ids.get(item.call_id), info);
      results.push(written.response);
      pictures.push(...written.pictures);
      continue;
    }
    flush();
    if (item.type === "sealed") continue;
    if (item.type === "output") for (const [ours, given] of idsOf(item, info)) ids.set(ours, given);
    const parts = item.type === "output" ? answerOf(item, request, info) : partsOf(item.content, info);
    if (parts.length > 0) contents.push({ role: item.type === "output" ? "model" : "user", parts });
  }
  flush();
  return contents;
};

const thinkingOf = (request: ModelRequest, choice: RemoteChoice): Json => {
  const { reasoning, thinking: way } = choice.info;
  if (!reasoning || way === undefined) return {};
  const includeThoughts = choice.summary !== "none";
  if (request.effort === undefined) {
    return { thinkingConfig: way.by === "budget" && way.canStop ? { thinkingBudget: 0 } : { includeThoughts } };
  }
  if (way.by === "budget") {
    return { thinkingConfig: { includeThoughts, thinkingBudget: budgetOf(request.effort, way.mostTokens) } };
  }
  const level = offeredEffort(request.effort, way.efforts)?.toUpperCase();
  return { thinkingConfig: { includeThoughts, ...(level === undefined ? {} : { thinkingLevel: level }) } };
};

/** How the service names a schema beside tools, which older models do not take together. */
const schemaParameter = "response mime type";
export const optionalGeminiParameters = [schemaParameter];

/** The body as JSON text, without what the server is known to reject. */
export const geminiBody = (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>): string => {
  const { info } = choice;
  const schema = request.outputSchema;
  const told = rejected.has(schemaParameter);
  const instructions = withSchemaInstruction(request.instructions, told ? schema : undefined);
  const functionDeclarations = request.tools.map(({ name, description, parameters }) => ({
    name,
    description,
    parametersJsonSchema: parameters,
  }));
  const generationConfig = {
    ...(info.maxOutput === undefined ? {} : { maxOutputTokens: info.maxOutput }),
    ...thinkingOf(request, choice),
    ...(schema === undefined || told ? {} : { responseMimeType: "application/json", responseJsonSchema: schema }),
  };
  const body: Json = {
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...(functionDeclarations.length === 0 ? {} : { tools: [{ functionDeclarations }] }),
    ...(instructions === "" ? {} : { systemInstruction: { parts: [{ text: instructions }] } }),
    contents: contentsOf(request, info),
  };
  return JSON.stringify(body);
};
