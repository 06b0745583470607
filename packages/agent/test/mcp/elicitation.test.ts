import assert from "node:assert/strict";
import { test } from "node:test";
import { elicitedValues } from "../../src/mcp/elicitation.ts";

const asks = (fields: Record<string, Record<string, unknown>>, required: string[] = Object.keys(fields)) => ({
  message: "?",
  fields,
  required,
});

test("one field takes the words as they are, in its own type", () => {
  assert.deepEqual(elicitedValues(asks({ name: { type: "string" } }), " two words "), { name: "two words" });
  assert.deepEqual(elicitedValues(asks({ count: { type: "integer" } }), "3"), { count: 3 });
  assert.deepEqual(elicitedValues(asks({ sure: { type: "boolean" } }), "yes"), { sure: true });
  assert.equal(elicitedValues(asks({ count: { type: "integer" } }), "3.5"), null);
  assert.equal(elicitedValues(asks({ colour: { type: "string", enum: ["red"] } }), "blue"), null);
});

test("several fields need an object; defaults fill in, what is required must be there", () => {
  const two = asks({ name: { type: "string" }, size: { type: "number", default: 2 } });
  assert.deepEqual(elicitedValues(two, '{"name":"a","other":1}'), { name: "a", size: 2 });
  assert.equal(elicitedValues(two, "a"), null);
  assert.equal(elicitedValues(two, '{"size":3}'), null);
  assert.equal(elicitedValues(two, '{"name":{}}'), null);
  assert.equal(elicitedValues(two, ""), null);
  assert.deepEqual(elicitedValues(asks({}), ""), {});
  assert.equal(elicitedValues(asks(JSON.parse('{"__proto__":{"type":"string"}}')), '{"__proto__":"x"}'), null);
});

test("choices may have titles, and there may be several", () => {
  const titled = { type: "string", oneOf: [{ const: "r", title: "Red" }], default: "r" };
  const several = { type: "array", items: { anyOf: [{ const: "a", title: "A" }, { const: "b" }] }, default: ["a"] };
  const plain = { type: "array", items: { type: "string", enum: ["x", "y"] } };
  assert.deepEqual(elicitedValues(asks({ titled, several }), ""), { titled: "r", several: ["a"] });
  assert.deepEqual(elicitedValues(asks({ plain }), "x, y"), { plain: ["x", "y"] });
  assert.deepEqual(elicitedValues(asks({ titled, plain }), '{"plain":["y"]}'), { titled: "r", plain: ["y"] });
  for (const wrong of ['{"plain":["z"]}', '{"plain":"x"}', '{"plain":[1]}', '{"plain":["x"],"titled":"Red"}'])
    assert.equal(elicitedValues(asks({ titled, plain }), wrong), null, wrong);
  assert.equal(elicitedValues(asks({ titled }), '{"titled":["r"]}'), null);
});
