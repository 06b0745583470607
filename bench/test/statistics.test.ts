import assert from "node:assert/strict";
import { test } from "node:test";
import { median, medianRatio, quantile } from "../measure/statistics.ts";

test("statistics: quantiles are interpolated, and only of what was measured", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, undefined, 3, 2, Number.NaN]), 2.5);
  assert.equal(quantile([0, 10], 0.95), 9.5);
  assert.equal(quantile([7], 0.95), 7);
  assert.equal(median([undefined]), Number.NaN);
});

test("statistics: ratios are taken within a repetition first", () => {
  // A busy second repetition makes both slow; the ratio stays.
  assert.equal(medianRatio([20, 200, 22], [10, 100, 10]), 2);
  assert.equal(medianRatio([20, undefined], [10, 5]), 2);
  assert.equal(medianRatio([20], [undefined]), Number.NaN);
});
