const assert = require("node:assert");
const { test } = require("node:test");
const { unflatten } = require("..");

const clean = (target, options) => {
  try {
    const out = unflatten(target, options);
    assert.strictEqual({}.polluted, undefined);
    return out;
  } finally {
    delete Object.prototype.polluted;
  }
};

test("deeper and with another delimiter", () => {
  clean({ "a.__proto__.polluted": true });
  clean({ "__proto__:polluted": true }, { delimiter: ":" });
});

test("the other keys are kept", () => {
  assert.deepStrictEqual(clean({ "__proto__.polluted": true, "a.b": 1 }), { a: { b: 1 } });
});

test("names that only look like it", () => {
  assert.deepStrictEqual(unflatten({ "proto.x": 1, "a.proto__": 2 }), { proto: { x: 1 }, a: { proto__: 2 } });
});
