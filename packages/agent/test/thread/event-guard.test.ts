import assert from "node:assert/strict";
import { test } from "node:test";
import { loggedEvent } from "@fettle/protocol";
import fc from "fast-check";
import * as z from "zod/mini";
import { isLoggedEvent } from "../../src/thread/event-guard.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonSchema = {
  type?: string | string[];
  const?: Json;
  enum?: Json[];
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
};

const hex = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length }).map((all) => all.join(""));

const object = (schema: JsonSchema): fc.Arbitrary<Json> => {
  const properties = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  return fc.record(Object.fromEntries(properties.map(([key, inner]) => [key, valid(inner)])), {
    requiredKeys: properties.map(([key]) => key).filter((key) => required.has(key)),
    noNullPrototype: true,
  }) as fc.Arbitrary<Json>;
};

/** Values that the schema accepts, made from the schema itself: what it learns is tested without touching this file. */
const valid = (schema: JsonSchema): fc.Arbitrary<Json> => {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map(valid));
  if (schema.allOf !== undefined)
    return fc.tuple(...schema.allOf.map(valid)).map((parts) => Object.assign({}, ...parts) as Json);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valid({ ...schema, type })));
  if (schema.type === "null") return fc.constant(null);
  if (schema.pattern !== undefined) return fc.oneof(hex(40), hex(64));
  if (schema.type === "string") return fc.string();
  if (schema.type === "integer") return fc.nat();
  if (schema.type === "number") return fc.double({ noNaN: true, noDefaultInfinity: true });
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "array") return fc.array(valid(schema.items ?? {}), { maxLength: 3 });
  if (schema.type === "object") return object(schema);
  throw new Error(`this test cannot make values for ${JSON.stringify(schema)}`);
};

const schema = z.toJSONSchema(loggedEvent) as JsonSchema;
const validEvent = valid(schema);
const kindsOf = (part: JsonSchema): string[] =>
  typeof part.properties?.type?.const === "string"
    ? [part.properties.type.const]
    : [...(part.allOf ?? []), ...(part.oneOf ?? []), ...(part.anyOf ?? [])].flatMap(kindsOf);
const kinds = kindsOf(schema);

/** All places of a value: paths of keys. */
const places = (value: Json, path: string[] = []): string[][] => {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, part]) => places(part as Json, [...path, key]))
      : [];
  return [path, ...inner];
};

const change = (value: Json, [key, ...rest]: string[], edit: (old: Json) => Json | undefined): Json => {
  if (key === undefined) return edit(value) ?? null;
  const copy = structuredClone(value) as Record<string, Json>;
  const next = rest.length === 0 ? edit(copy[key] ?? null) : change(copy[key] ?? null, rest, edit);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
};

const odd: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<Json | undefined>(
    undefined,
    null,
    true,
    0,
    -1,
    1.5,
    2 ** 53,
    Infinity,
    "",
    "user",
    "completed",
    [],
    {},
  ),
  fc.constantFrom<Json>(
    "a".repeat(39),
    "A".repeat(40),
    `${"a".repeat(40)}\n`,
    "text",
    "check",
    "run",
    "network",
    "nobody",
    "always",
    "toString",
    "__proto__",
  ),
  fc.jsonValue() as fc.Arbitrary<Json>,
);

const agree = (value: unknown): boolean => {
  const expected = loggedEvent.safeParse(value).success;
  assert.equal(isLoggedEvent(value), expected, `the schema says ${expected} of ${JSON.stringify(value)}`);
  return expected;
};

test("the guard accepts every event that the schema's own shape can make, of every kind", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(validEvent, (event) => {
      seen.add(String((event as { type: string }).type));
      assert.ok(agree(event));
      agree(JSON.parse(JSON.stringify(event)));
    }),
    { numRuns: 3000 },
  );
  assert.deepEqual([...seen].sort(), kinds.sort());
  assert.ok(kinds.length >= 14);
});

test("guard and schema agree on events with one place changed, taken away or replaced", () => {
  let refused = 0;
  fc.assert(
    fc.property(validEvent, fc.nat(), odd, (event, at, value) => {
      const all = places(event);
      const place = all[at % all.length] ?? [];
      if (!agree(change(event, place, () => value))) refused += 1;
    }),
    { numRuns: 8000 },
  );
  assert.ok(refused > 1000, `only ${refused} of the changed events were wrong ones`);
});

test("guard and schema agree on events with a field of a later version", () => {
  fc.assert(
    fc.property(validEvent, fc.jsonValue(), (event, value) => {
      agree({ ...(event as object), later_field: value });
    }),
    { numRuns: 200 },
  );
});

test("guard and schema agree on anything at all", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      agree(value);
    }),
    { numRuns: 1000 },
  );
});
