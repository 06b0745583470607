import assert from "node:assert/strict";
import { test } from "node:test";
import { answerProblem } from "../../src/commands/answer-schema.ts";

const schema = {
  type: "object",
  properties: { name: { type: "string" }, count: { type: "number" } },
  required: ["name"],
  additionalProperties: false,
};

test("an answer of the schema is fine", async () => {
  assert.equal(answerProblem('{"name":"x","count":2}', schema), null);
});

test("what is wrong with an answer is told in one line with its place", async () => {
  assert.equal(answerProblem("words", schema), "the answer is not JSON although --output-schema was given");
  assert.match(
    answerProblem('{"name":3}', schema) ?? "",
    /^the answer does not satisfy --output-schema at name: .*string/,
  );
  assert.match(answerProblem("{}", schema) ?? "", /at name/);
  assert.match(answerProblem('{"name":"x","other":1}', schema) ?? "", /does not satisfy/);
});

test("a schema beyond the checker asks for JSON only", async () => {
  assert.equal(answerProblem("[1]", { $ref: "https://example.com/other" }), null);
});
