import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputItem, OutputPart } from "@fettle/protocol";
import fc from "fast-check";
import { settleOutput } from "../src/ask-model.ts";

const call = (call_id: string, args: string): OutputPart => ({ type: "call", call_id, name: "shell", arguments: args });
const output = (parts: readonly OutputPart[]): InputItem => ({ type: "output", model: "m", parts: [...parts] });
const isCall = (part: OutputPart): part is OutputPart & { type: "call" } => part.type === "call";

test("no two calls of a conversation have one id, whatever the service says", () => {
  const calls = fc.array(fc.record({ id: fc.constantFrom("", "a", "b", "c"), args: fc.constantFrom("1", "2") }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(calls, { maxLength: 6 }), (answers) => {
      const input: InputItem[] = [];
      for (const given of answers) {
        const settled = settleOutput(
          given.map(({ id, args }) => call(id, args)),
          input,
        );
        const wanted = new Set(given.map(({ id, args }) => `${id} ${args}`));
        assert.deepEqual(
          settled.filter(isCall).map((part) => part.arguments),
          [...wanted].map((one) => one.split(" ")[1]),
        );
        input.push(output(settled));
      }
      const ids = input
        .flatMap((item) => (item.type === "output" ? item.parts.filter(isCall) : []))
        .map((part) => part.call_id);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(!ids.includes(""));
    }),
  );
});

test("what is as it should be stays the same object", () => {
  const parts: OutputPart[] = [{ type: "text", text: "hello" }, call("a", "{}")];
  for (const [index, part] of settleOutput(parts, []).entries()) assert.equal(part, parts[index]);
});
