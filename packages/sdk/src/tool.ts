import type { CustomTool, ToolContent } from "@fettle/protocol";
import { type JsonSchema, schemaOf, type Typed } from "./schema.ts";

/* Tools that a program defines and carries out itself. */

/** What a tool gives the model: text, any value (as JSON), or parts with pictures as data URLs. */
export type ToolResult = string | { readonly content: readonly ToolContent[] } | object | number | boolean | null;

export type Tool = CustomTool & {
  /** Runs in this process. `signal` is aborted when the turn is interrupted. What it throws is told to the model. */
  readonly run: (args: unknown, signal: AbortSignal) => Promise<{ content: ToolContent[] }>;
};

type Definition<T> = {
  readonly name: string;
  readonly description: string;
  /** Of the arguments, an object: a zod schema, whose output `run` gets, or a JSON Schema. */
  readonly parameters: Typed<T> | JsonSchema;
  /** It changes nothing: calls may run at the same time. */
  readonly readOnly?: boolean;
  readonly run: (args: T, context: { readonly signal: AbortSignal }) => ToolResult | Promise<ToolResult>;
};

const hasContent = (result: ToolResult): result is { content: ToolContent[] } =>
  typeof result === "object" && result !== null && "content" in result && Array.isArray(result.content);

const contentOf = (result: ToolResult): ToolContent[] => {
  if (hasContent(result)) return result.content;
  return [{ type: "text", text: typeof result === "string" ? result : JSON.stringify(result) }];
};

/** Makes a tool for `startThread`. Arguments that the schema refuses are told to the model, which may try again. */
export const tool = <T>(definition: Definition<T>): Tool => {
  const { name, description, parameters, readOnly, run } = definition;
  const schema = schemaOf<T>(parameters);
  return {
    name,
    description,
    parameters: schema.json,
    ...(readOnly === undefined ? {} : { read_only: readOnly }),
    async run(args, signal) {
      const parsed = schema.parse(args);
      if (!parsed.ok) throw new Error(`the arguments are not valid: ${parsed.message}`);
      return { content: contentOf(await run(parsed.value, { signal })) };
    },
  };
};

/** A tool's definition as fettle is told of it. */
export const specOf = ({ name, description, parameters, read_only }: Tool): CustomTool => ({
  name,
  description,
  parameters,
  ...(read_only === undefined ? {} : { read_only }),
});
