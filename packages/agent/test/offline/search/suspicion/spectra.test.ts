import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { paint, union } from "../../../../src/offline/search/runner/coverage.ts";
import type { RunResult } from "../../../../src/offline/search/runner/messages.ts";
import { ochiai, suspicionBetween, suspicionOf } from "../../../../src/offline/search/suspicion/spectra.ts";

const SIZE = 24;

function cells(ranges: readonly number[]): boolean[] {
  const covered = new Array<boolean>(SIZE).fill(false);
  for (let i = 0; i + 1 < ranges.length; i += 2) covered.fill(true, ranges[i], ranges[i + 1]);
  return covered;
}

type Range = { startOffset: number; endOffset: number; count: number };

/** Nested ranges, as V8 gives them. */
const nested: fc.Arbitrary<Range[]> = fc
  .array(fc.tuple(fc.nat(7), fc.nat(7), fc.nat(2)), { maxLength: 6 })
  .map((cuts) => {
    const ranges: Range[] = [{ startOffset: 0, endOffset: SIZE, count: 1 }];
    for (const [from, to, count] of cuts) {
      const outer = ranges.at(-1) ?? { startOffset: 0, endOffset: SIZE };
      const range = { startOffset: outer.startOffset + from, endOffset: outer.endOffset - to, count };
      if (range.startOffset < range.endOffset) ranges.push(range);
    }
    return ranges;
  });

test("painted ranges cover what the innermost range says", () => {
  fc.assert(
    fc.property(nested, (ranges) => {
      const expected = new Array<boolean>(SIZE).fill(false);
      for (const range of ranges) expected.fill(range.count > 0, range.startOffset, range.endOffset);
      assert.deepEqual(cells(paint(ranges)), expected);
    }),
  );
});

test("a union covers what either covers", () => {
  fc.assert(
    fc.property(nested, nested, (left, right) => {
      const [a, b] = [paint(left), paint(right)];
      assert.deepEqual(
        cells(union(a, b)),
        cells(a).map((covered, i) => covered || cells(b)[i] === true),
      );
    }),
  );
});

test("Ochiai's coefficient", () => {
  assert.equal(ochiai(0, 5, 1), 0);
  assert.equal(ochiai(1, 0, 1), 1);
  assert.equal(ochiai(1, 3, 1), 0.5);
});

test("what only the failing test runs is the most suspicious", () => {
  const result: RunResult = {
    type: "result",
    id: 1,
    outcomes: [],
    durationMs: 1,
    rss: 1,
    spectra: [
      { id: "good", ok: true, files: { "/a.js": [0, 10] } },
      { id: "bad", ok: false, files: { "/a.js": [0, 10, 20, 30] } },
    ],
  };
  const file = suspicionOf(result).get("/a.js");
  assert.ok(file !== undefined);
  assert.equal(suspicionBetween(file, 20, 25), 1);
  assert.ok(Math.abs(suspicionBetween(file, 0, 5) - Math.SQRT1_2) < 1e-9);
  assert.equal(suspicionBetween(file, 12, 15), 0);
});
