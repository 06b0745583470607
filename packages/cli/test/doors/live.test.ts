import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createStream } from "../../src/doors/acp/live.ts";

test("however an answer is cut into pieces and items, each word is told once", () => {
  const cut = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(cut, fc.nat(6), fc.nat(6), (items, from, came) => {
      const whole = items.join("");
      // Live text may begin late (secrets are held back) or be missing altogether, but is a beginning of the whole.
      const live = whole.slice(0, Math.max(0, whole.length - from));
      let told = "";
      const stream = createStream((text) => {
        told += text;
      });
      for (let at = 0; at < live.length; at += came + 1) stream.piece("item_1", live.slice(at, at + came + 1));
      for (const [index, text] of items.entries()) stream.whole(`item_${index + 1}`, text);
      assert.equal(told, whole);
    }),
  );
});

test("what a dropped answer had said is not taken for the beginning of the next", () => {
  const told: string[] = [];
  const stream = createStream((text) => told.push(text));
  stream.piece("item_1", "half ");
  assert.equal(stream.dropped(), true);
  stream.whole("item_1", "half an answer");
  assert.deepEqual(told, ["half ", "half an answer"]);
  assert.equal(stream.dropped(), false);
});
