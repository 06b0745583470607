const assert = require("node:assert");
const { test } = require("node:test");
const ini = require("..");

test("parses keys and sections", () => {
  assert.deepEqual(ini.parse("a=1\n[s]\nb = two\n; note\n[s.t]\nc"), { a: "1", s: { b: "two", t: { c: true } } });
});

test("parses arrays and constants", () => {
  assert.deepEqual(ini.parse("x[]=a\nx[]=b\ny=true\nz=null"), { x: ["a", "b"], y: true, z: null });
});

test("writes what it reads", () => {
  const data = { a: "1", s: { b: "two words", list: ["x", "y"] } };
  assert.deepEqual(ini.parse(ini.stringify(data)), data);
});

test("quotes what needs it", () => {
  assert.strictEqual(ini.safe("a=b"), '"a=b"');
  assert.strictEqual(ini.unsafe('"a=b"'), "a=b");
});

test("a section cannot be the prototype", () => {
  ini.parse("[__proto__]\npolluted = yes");
  assert.strictEqual({}.polluted, undefined);
});

test("what was parsed is an ordinary object", () => {
  const out = ini.parse("a=1\n[s]\nb=2");
  assert.strictEqual(Object.hasOwn(out, "a"), true);
  assert.strictEqual(Object.hasOwn(out.s, "b"), true);
  assert.strictEqual(String(out), "[object Object]");
});
