import { problemsOf } from "@fettle/protocol";
import * as z from "zod/mini";

/* Shapes that a program gives as zod schemas, or as JSON Schemas. */

/** A zod schema (4 or later). */
export type Typed<T> = z.core.$ZodType<T>;
export type JsonSchema = Readonly<Record<string, unknown>>;

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export type Shape<T> = { readonly json: Record<string, unknown>; parse(value: unknown): Parsed<T> };

const isTyped = <T>(schema: Typed<T> | JsonSchema): schema is Typed<T> => "_zod" in schema;

/** What fettle is told of a shape, and how a value of it is read. A JSON Schema is checked on fettle's side alone. */
export const schemaOf = <T>(schema: Typed<T> | JsonSchema): Shape<T> => {
  if (!isTyped(schema)) return { json: { ...schema }, parse: (value) => ({ ok: true, value: value as T }) };
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" }) as Record<string, unknown>;
  return {
    json,
    parse(value) {
      const parsed = z.safeParse(schema, value);
      return parsed.success ? { ok: true, value: parsed.data } : { ok: false, message: problemsOf(parsed.error) };
    },
  };
};
