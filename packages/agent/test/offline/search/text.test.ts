import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineAt, offsetsOfLines, seededRandom } from "../../../src/offline/search/text.ts";

test("the line of an offset is the number of line ends before it, plus one", () => {
  const text = fc.array(fc.constantFrom("a", "\n", "bc"), { maxLength: 50 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.nat(100), (source, at) => {
      const offset = Math.min(at, source.length);
      assert.equal(lineAt(offsetsOfLines(source), offset), source.slice(0, offset).split("\n").length);
    }),
  );
});

test("a seed gives the same numbers again, another seed others", () => {
  const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  assert.ok(take(7).every((value) => value >= 0 && value < 1));
});
