const assert = require("node:assert");
const { test } = require("node:test");
const ini = require("..");

const clean = (text) => {
  try {
    const out = ini.parse(text);
    assert.strictEqual({}.polluted, undefined);
    return out;
  } finally {
    delete Object.prototype.polluted;
  }
};

test("a nested section cannot either", () => {
  clean("[a]\nx=1\n[__proto__.b]\npolluted=1");
  clean("[a.__proto__]\npolluted=1");
});

test("sections after it are kept", () => {
  assert.deepEqual(clean("[__proto__]\npolluted=1\n[s]\na=1"), { s: { a: "1" } });
});

test("keys after it do not fall into the section before", () => {
  assert.deepEqual(clean("[s]\na=1\n[__proto__]\npolluted=1"), { s: { a: "1" } });
});
