import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../../src/models/offline/answer.ts";
import { fillSchema } from "../../../src/models/offline/fill-schema.ts";

const mended = answer("Mended: it passes.\n\nChanged a.js:3", {
  success: true,
  changed: true,
  testsPass: true,
  command: "npm test",
  files: ["a.js"],
  citations: ["a.js:3"],
  failing: ["one", "two"],
});
const failed = answer("It still fails.", { testsPass: false });

const schema = {
  type: "object",
  properties: {
    summary: { type: "string" },
    title: { type: "string", maxLength: 6 },
    fixed: { type: "boolean" },
    tests_pass: { type: "boolean" },
    status: { type: "string", enum: ["ok", "action_required"] },
    failing_count: { type: "integer", minimum: 0 },
    files: { type: "array", items: { type: "string" } },
    command: { type: ["string", "null"] },
    detail: { type: "object", properties: { where: { $ref: "#/$defs/place" } }, required: ["where"] },
    score: { anyOf: [{ type: "null" }, { type: "number", maximum: 1 }] },
  },
  required: ["summary", "fixed", "status"],
  additionalProperties: false,
  $defs: { place: { type: "string" } },
};

test("fills the properties that names and types ask for", () => {
  assert.deepEqual(JSON.parse(fillSchema(schema, mended) ?? ""), {
    summary: mended.text,
    title: "Mended",
    fixed: true,
    tests_pass: true,
    status: "ok",
    failing_count: 2,
    files: ["a.js"],
    command: "npm test",
    detail: { where: "a.js:3" },
    score: 0,
  });
  const other: Record<string, unknown> = JSON.parse(fillSchema(schema, failed) ?? "");
  assert.deepEqual([other.fixed, other.status, other.command], [false, "action_required", ""]);
});

test("does not pretend to fill what it cannot", () => {
  const needs = (property: unknown) => ({ type: "object", properties: { x: property }, required: ["x"] });
  assert.equal(fillSchema(needs({ type: "string", pattern: "^\\d{4}$" }), mended), null);
  assert.equal(fillSchema(needs({ type: "array", items: { type: "object" }, minItems: 1 }), mended), null);
  assert.equal(fillSchema(needs({ $ref: "https://example.org/x" }), mended), null);
  assert.equal(fillSchema(needs({ type: "string", pattern: "(" }), mended), null);
  assert.equal(fillSchema({ $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }] } } }, mended), null);
  assert.equal(fillSchema({}, mended), null);
});
