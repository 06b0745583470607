import * as z from "zod/mini";
import type { Elicitation, ElicitationAnswer } from "./types.ts";

/* What a person said, as the fields that a server asked for. Pure. */

type Field = Readonly<Record<string, unknown>>;
type Value = string | number | boolean;

const object = z.record(z.string(), z.unknown());

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

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
  if (type !== "number" && type !== "integer") return text;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(number) || (type === "integer" && !Number.isInteger(number)) ? undefined : number;
};

const fits = (value: Value, { type, enum: choices }: Field): boolean => {
  if (Array.isArray(choices) && !choices.includes(value)) return false;
  if (type === "integer") return Number.isInteger(value);
  return type === undefined || type === "array" || typeof value === type;
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
    const value = Object.hasOwn(said, name) ? said[name] : field.default;
    if (value === undefined) continue;
    if (!isValue(value) || !fits(value, field)) return null;
    values[name] = value;
  }
  return required.every((name) => Object.hasOwn(values, name)) ? values : null;
};
