const assert = require("node:assert");
const { test } = require("node:test");
const ms = require("..");

const second = 1000;
const units = { s: second, m: 60 * second, h: 3600 * second, d: 86400 * second };

test("every unit in short", () => {
  for (const [unit, size] of Object.entries(units)) {
    assert.strictEqual(ms(-size), `-1${unit}`);
    assert.strictEqual(ms(-2 * size), `-2${unit}`);
    assert.strictEqual(ms(size), `1${unit}`);
  }
  assert.strictEqual(ms(-500), "-500ms");
});

test("every unit in words", () => {
  const names = { s: "second", m: "minute", h: "hour", d: "day" };
  for (const [unit, size] of Object.entries(units)) {
    assert.strictEqual(ms(-size, { long: true }), `-1 ${names[unit]}`);
    assert.strictEqual(ms(-1.2 * size, { long: true }), `-1 ${names[unit]}`);
    assert.strictEqual(ms(-10 * size, { long: true }), `-10 ${names[unit]}s`);
  }
});

test("rounds to the nearest", () => {
  assert.strictEqual(ms(234234234, { long: true }), "3 days");
  assert.strictEqual(ms(-234234234, { long: true }), "-3 days");
});
