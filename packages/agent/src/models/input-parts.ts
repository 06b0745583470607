import type { ContentPart, InputItem, OutputPart } from "@fettle/protocol";
import type { ModelInfo, ToolSpec } from "../model.ts";

/* What the wires decide about the conversation's parts before they put them into their own words. */

/** Pictures become a note for a model that takes none. */
export const visibleContent = (content: readonly ContentPart[], info: ModelInfo): ContentPart[] =>
  content.map((part) =>
    part.type === "image" && !info.images ? { type: "text", text: "[a picture, which this model cannot see]" } : part,
  );

export const textOf = (content: readonly ContentPart[]): string =>
  content.map((part) => (part.type === "text" ? part.text : "")).join("\n");

/**
 * The parts of an earlier answer that may be sent. Reasoning, signatures and ids mean something only to the model that made
 * them, reasoning only when its encrypted content is there (nothing is stored on the provider's side) and something follows it.
 */
export const sendableParts = (item: Extract<InputItem, { type: "output" }>, info: ModelInfo): OutputPart[] => {
  const own = item.model === info.id;
  const parts: OutputPart[] = [];
  for (const [index, part] of item.parts.entries()) {
    if (part.type === "reasoning") {
      const followed = item.parts.slice(index + 1).some((later) => later.type !== "reasoning");
      if (own && followed && part.encrypted !== undefined) parts.push(part);
      continue;
    }
    const { id: _id, signature: _signature, ...anonymous } = part;
    const sent = own ? part : anonymous;
    // Beside its signature a text may be empty; alone it says nothing, and some servers refuse it.
    if (sent.type !== "text" || sent.text !== "" || own) parts.push(sent);
  }
  return parts;
};

/** A freeform call told to a model without freeform tools: its text as the first argument of the function it is there. */
export const asFunctionArguments = (name: string, input: string, tools: readonly ToolSpec[]): string => {
  const parameters = tools.find((tool) => tool.name === name)?.parameters;
  const required = parameters?.required;
  const first: unknown = Array.isArray(required) ? required[0] : Object.keys(Object(parameters?.properties))[0];
  return JSON.stringify({ [typeof first === "string" ? first : "input"]: input });
};

/** Servers reject a history whose arguments are not a JSON object, which a model may well have written. */
export const asJsonObject = (text: string): string => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Falls through: the model is shown what it wrote.
  }
  return JSON.stringify({ invalid_arguments: text });
};

/** A data URL's type and base64; undefined for any other URL. */
export const dataOf = (url: string): { mediaType: string; data: string } | undefined => {
  const match = /^data:([\w.+-]+\/[\w.+-]+);base64,/.exec(url);
  return match?.[1] === undefined ? undefined : { mediaType: match[1], data: url.slice(match[0].length) };
};

/** For services without it, and those that refuse the schema: the schema as a part of the instructions. */
export const withSchemaInstruction = (
  instructions: string,
  schema: Readonly<Record<string, unknown>> | undefined,
): string =>
  schema === undefined
    ? instructions
    : `${instructions}\n\nYour final answer must be one JSON value and nothing else. It satisfies this JSON Schema:\n${JSON.stringify(schema)}`;
