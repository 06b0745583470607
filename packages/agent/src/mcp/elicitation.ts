import * as z from "zod/mini";
import type { Elicitation, ElicitationAnswer } from "./types.ts";

/* What a person said, as the fields that a server asked for. Pure. */

type Field = Readonly<Record<string, unknown>>;
type Value = NonNullable<ElicitationAnswer>[string];

const object = z.record(z.string(), z.unknown());

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const choice = z.looseObject({ const: z.string() });
const choices = z.object({
  enum: z.optional(z.array(z.unknown())),
  oneOf: z.optional(z.array(choice)),
  anyOf: z.optional(z.array(choice)),
});

/** What may be chosen; null where anything may be said. */
const choicesOf = (schema: unknown): readonly unknown[] | null => {
  const { enum: plain, oneOf, anyOf } = choices.safeParse(schema).data ?? {};
  return plain ?? (oneOf ?? anyOf)?.map((one) => one.const) ?? null;
};

const asObject = (text: string): Record<string, unknown> | null => {
  try {
    const parsed = object.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

const asBoolean = (text: string): boolean | undefined =>
  /^(?:true|yes|y)$/i.test(text) ? true : /^(?:false|no|n)$/i.test(text) ? false : undefined;

/** The text as the field's type; undefined when it is none. */
const typedValue = (text: string, { type }: Field): Value | undefined => {
  if (type === "boolean") return asBoolean(text);
  if (type === "array") return text.split(",").map((one) => one.trim());
  if (type !== "number" && type !== "integer") return text;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(number) || (type === "integer" && !Number.isInteger(number)) ? undefined : number;
};

const fits = (said: Value, field: Field): boolean => {
  const { type, items } = field;
  const offered = choicesOf(type === "array" ? items : field);
  const all = Array.isArray(said) ? said : [said];
  if (offered !== null && !all.every((one) => offered.includes(one))) return false;
  if (type === "array" || Array.isArray(said)) return type === "array" && Array.isArray(said);
  if (type === "integer") return Number.isInteger(said);
  return type === undefined || typeof said === type;
};

const given = (words: string, fields: readonly [string, Field][]): Record<string, unknown> | null => {
  const whole = asObject(words);
  if (whole !== null) return whole;
  const [only, ...others] = fields;
  if (words === "" || only === undefined) return {};
  if (others.length > 0) return null;
  const value = typedValue(words, only[1]);
  return value === undefined ? null : { [only[0]]: value };
};

/**
 * `words`: the value of the only field, or a JSON object of several. What is not said takes the field's default; null
 * when something required is missing or of the wrong kind.
 */
export const elicitedValues = ({ fields, required }: Elicitation, words: string): ElicitationAnswer => {
  const entries = Object.entries(fields);
  const said = given(words.trim(), entries);
  if (said === null) return null;
  const values: Record<string, Value> = {};
  for (const [name, field] of entries) {
    const chosen = Object.hasOwn(said, name) ? said[name] : field.default;
    if (chosen === undefined) continue;
    const parsed = value.safeParse(chosen);
    if (!parsed.success || !fits(parsed.data, field)) return null;
    values[name] = parsed.data;
  }
  return required.every((name) => Object.hasOwn(values, name)) ? values : null;
};
