const assert = require("node:assert");
const { test } = require("node:test");
const ms = require("..");

test("reads durations", () => {
  assert.strictEqual(ms("2 days"), 172800000);
  assert.strictEqual(ms("1.5h"), 5400000);
  assert.strictEqual(ms("100"), 100);
  assert.strictEqual(ms("-3 min"), -180000);
  assert.strictEqual(ms("nonsense"), undefined);
});

test("writes durations in short", () => {
  assert.strictEqual(ms(500), "500ms");
  assert.strictEqual(ms(60000), "1m");
  assert.strictEqual(ms(234234234), "3d");
});

test("writes durations in words", () => {
  assert.strictEqual(ms(1000, { long: true }), "1 second");
  assert.strictEqual(ms(10000, { long: true }), "10 seconds");
  assert.strictEqual(ms(500, { long: true }), "500 ms");
  assert.strictEqual(ms(86400000, { long: true }), "1 day");
});

test("refuses what is neither text nor a number", () => {
  assert.throws(() => ms(""), /non-empty string/);
  assert.throws(() => ms(Number.NaN), /valid number/);
});

test("writes negative durations in short", () => {
  assert.strictEqual(ms(-1000), "-1s");
  assert.strictEqual(ms(-3 * 60 * 60 * 1000), "-3h");
});

test("writes negative durations in words", () => {
  assert.strictEqual(ms(-60000, { long: true }), "-1 minute");
  assert.strictEqual(ms(-10 * 60000, { long: true }), "-10 minutes");
});
