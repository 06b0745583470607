import type { Answer, Facts } from "./answer.ts";

/*
 * An answer in the shape that a JSON Schema asks for. Properties are filled by what their names ask for; what is not
 * known is an empty or neutral value of the right type. Simple schemas only: others give null.
 */

type Schema = Readonly<Record<string, unknown>>;
type Filled = { readonly value: unknown } | null;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const firstLine = (text: string): string => text.split("\n")[0] ?? "";

const stringFor = (name: string, { text, facts }: Answer): string => {
  if (/title|headline|subject|verdict|result|outcome/i.test(name)) return firstLine(text);
  if (/command|script|check/i.test(name)) return facts.command ?? "";
  if (/file|path/i.test(name)) return facts.files[0] ?? "";
  if (/location|citation|line|place|where/i.test(name)) return facts.citations[0] ?? "";
  if (/status|state/i.test(name)) return facts.success ? "success" : "failed";
  return /summary|answer|message|text|explan|report|descri|detail|response|reply|output|note|reason|why|analysis|finding|content|^$/i.test(
    name,
  )
    ? text
    : firstLine(text);
};

const booleanFor = (name: string, facts: Facts): boolean => {
  if (/test|green|pass|check/i.test(name)) return facts.testsPass === true;
  if (/chang|modif|edit|wrote|applied/i.test(name)) return facts.changed;
  if (/fix|mend|repair|resolved|solved/i.test(name)) return facts.changed && facts.testsPass === true;
  if (/fail|error|block|broken/i.test(name)) return !facts.success;
  if (/certain|proven|verified|confident/i.test(name)) return false;
  return facts.success;
};

const listFor = (name: string, facts: Facts): readonly string[] => {
  if (/file|path/i.test(name)) return facts.files;
  if (/citation|location|place|line|reference|evidence|source/i.test(name)) return facts.citations;
  if (/alternative|option|suggestion/i.test(name)) return facts.alternatives;
  if (/fail|test/i.test(name)) return facts.failing;
  if (/command/i.test(name)) return facts.command === null ? [] : [facts.command];
  return [];
};

const numberFor = (name: string, schema: Schema, facts: Facts): number => {
  const known = /file/i.test(name) ? facts.files.length : /fail|test/i.test(name) ? facts.failing.length : 0;
  const low = typeof schema.minimum === "number" ? schema.minimum : Number.NEGATIVE_INFINITY;
  const high = typeof schema.maximum === "number" ? schema.maximum : Number.POSITIVE_INFINITY;
  return Math.min(Math.max(known, low), high);
};

const good = /^(?:ok|success(?:ful)?|succeeded|pass(?:ed)?|fixed|mended|done|complete[d]?|found|yes|true|green)$/i;
const bad =
  /^(?:fail(?:ed|ure)?|error|no|false|not[_ -]?\w+|incomplete|blocked|unknown|none|action[_ -]required|red|unable)$/i;

/** The member of an enumeration that says how it went; its last one where none does. */
const choose = (values: readonly unknown[], facts: Facts): unknown => {
  const wanted = facts.success ? good : bad;
  const neutral = values.find(
    (value) => typeof value === "string" && /^(?:unknown|unproven|other|none|n\/a)$/i.test(value),
  );
  return values.find((value) => typeof value === "string" && wanted.test(value)) ?? neutral ?? values.at(-1);
};

const resolve = (schema: Schema, root: Schema): Schema | null => {
  if (typeof schema.$ref !== "string") return schema;
  let at: unknown = root;
  for (const key of schema.$ref.replace(/^#\/?/, "").split("/")) at = isSchema(at) ? at[key] : undefined;
  return schema.$ref.startsWith("#/") && isSchema(at) ? at : null;
};

const typeOf = (schema: Schema): string | null => {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const known = types.find((type) => typeof type === "string" && type !== "null") ?? types[0];
  if (typeof known === "string") return known;
  return isSchema(schema.properties) ? "object" : null;
};

const fillObject = (schema: Schema, root: Schema, from: Answer, depth: number): Filled => {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const result: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    const filled = isSchema(property) ? fill(property, root, key, from, depth + 1) : null;
    if (filled !== null) result[key] = filled.value;
    else if (required.includes(key)) return null;
  }
  return required.every((key) => key in result) ? { value: result } : null;
};

const fillArray = (schema: Schema, root: Schema, name: string, from: Answer): Filled => {
  const items = isSchema(schema.items) ? resolve(schema.items, root) : null;
  const strings = items === null || typeOf(items) === "string" ? listFor(name, from.facts) : [];
  const most = typeof schema.maxItems === "number" ? schema.maxItems : strings.length;
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  const value = strings.slice(0, most);
  return value.length < least ? null : { value };
};

const fitString = (text: string, schema: Schema): Filled => {
  const most = typeof schema.maxLength === "number" ? schema.maxLength : text.length;
  const value = text.slice(0, most);
  if (typeof schema.minLength === "number" && value.length < schema.minLength) return null;
  return typeof schema.pattern === "string" && !new RegExp(schema.pattern, "u").test(value) ? null : { value };
};

const fill = (given: Schema, root: Schema, name: string, from: Answer, depth: number): Filled => {
  const schema = depth > 8 ? null : resolve(given, root);
  if (schema === null) return null;
  if ("const" in schema) return { value: schema.const };
  if (Array.isArray(schema.enum)) return schema.enum.length === 0 ? null : { value: choose(schema.enum, from.facts) };
  for (const choices of [schema.anyOf, schema.oneOf])
    if (Array.isArray(choices)) {
      const filled = choices.flatMap((choice) =>
        isSchema(choice) && choice.type !== "null" ? (fill(choice, root, name, from, depth + 1) ?? []) : [],
      );
      return (
        filled[0] ?? (choices.some((choice) => isSchema(choice) && choice.type === "null") ? { value: null } : null)
      );
    }
  switch (typeOf(schema)) {
    case "object":
      return fillObject(schema, root, from, depth);
    case "array":
      return fillArray(schema, root, name, from);
    case "string":
      return fitString(stringFor(name, from), schema);
    case "boolean":
      return { value: booleanFor(name, from.facts) };
    case "number":
    case "integer":
      return { value: numberFor(name, schema, from.facts) };
    case "null":
      return { value: null };
    default:
      return null;
  }
};

/** The answer as JSON text for a schema, or null when the schema is beyond what can be filled truthfully. */
export const fillSchema = (schema: Schema, from: Answer): string | null => {
  try {
    const filled = fill(schema, schema, "", from, 0);
    return filled === null ? null : JSON.stringify(filled.value);
  } catch {
    // A `pattern` that is no regular expression.
    return null;
  }
};
