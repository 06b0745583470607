const assert = require("node:assert");
const { test } = require("node:test");
const ini = require("..");

test("nested sections that were never opened are ordinary objects too", () => {
  const out = ini.parse("[a.b.c]\nd=1");
  assert.strictEqual(Object.getPrototypeOf(out), Object.prototype);
  assert.strictEqual(Object.getPrototypeOf(out.a), Object.prototype);
  assert.strictEqual(Object.getPrototypeOf(out.a.b), Object.prototype);
  assert.strictEqual(Object.getPrototypeOf(out.a.b.c), Object.prototype);
});

test("the prototype stays out of reach", () => {
  ini.parse("[__proto__]\npolluted = yes\n[__proto__.x]\npolluted = yes\n__proto__[]=1");
  assert.strictEqual({}.polluted, undefined);
  assert.deepEqual(ini.parse("[__proto__]\npolluted = yes"), {});
});

test("strictly equal to a literal", () => {
  assert.deepStrictEqual(ini.parse("a=1\n[s]\nb=2"), { a: "1", s: { b: "2" } });
});
