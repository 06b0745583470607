const assert = require("node:assert");
const { test } = require("node:test");
const prettyMs = require("..");

test("durations below a second", () => {
  assert.strictEqual(prettyMs(0), "0ms");
  assert.strictEqual(prettyMs(0.1), "1ms");
  assert.strictEqual(prettyMs(999), "999ms");
});

test("seconds, minutes, hours and days", () => {
  assert.strictEqual(prettyMs(1000), "1s");
  assert.strictEqual(prettyMs(1400), "1.4s");
  assert.strictEqual(prettyMs(65000), "1m 5s");
  assert.strictEqual(prettyMs(1000 * 60 * 67), "1h 7m");
  assert.strictEqual(prettyMs(1337000000), "15d 11h 23m 20s");
});

test("compact and verbose", () => {
  assert.strictEqual(prettyMs(1400, { compact: true }), "~1s");
  assert.strictEqual(prettyMs(1000 * 60 * 67, { verbose: true }), "1 hour 7 minutes");
});

test("digits after the point", () => {
  assert.strictEqual(prettyMs(33333, { secDecimalDigits: 4 }), "33.3330s");
  assert.strictEqual(prettyMs(33333, { secDecimalDigits: 0 }), "33s");
});

test("refuses what is not finite", () => {
  assert.throws(() => prettyMs(Number.NaN), TypeError);
});

test("a whole number of seconds has no digits after the point", () => {
  assert.strictEqual(prettyMs(33000, { secDecimalDigits: 1 }), "33s");
  assert.strictEqual(prettyMs(33000, { secDecimalDigits: 2 }), "33s");
});
