const assert = require("node:assert");
const { test } = require("node:test");
const ini = require("..");

test("parses keys and sections", () => {
  assert.deepEqual(ini.parse("a=1\n[s]\nb = two\n; note\n# note\n[s.t]\nc"), {
    a: "1",
    s: { b: "two", t: { c: true } },
  });
});

test("parses arrays, quotes and constants", () => {
  assert.deepEqual(ini.parse('x[]=a\nx[]=b\ny=true\nz="a;b"'), { x: ["a", "b"], y: true, z: "a;b" });
});

test("writes what it reads", () => {
  const data = { a: "1", s: { b: "two words", list: ["x", "y"] } };
  assert.deepEqual(ini.parse(ini.stringify(data)), data);
});

test("writes white space around the sign when asked to", () => {
  assert.strictEqual(ini.encode({ a: "1" }, { whitespace: true }).trim(), "a = 1");
});

test("a key before any section may have any name", () => {
  assert.deepEqual(ini.parse("constructor=1"), { constructor: "1" });
});

test("a section cannot be the prototype of all objects", () => {
  try {
    ini.parse("[__proto__]\npolluted = yes");
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});
