const assert = require("node:assert");
const toposort = require("..");

assert.throws(() => toposort.array([], [["a", "b"]]), /[Uu]nknown node/);
assert.throws(
  () =>
    toposort.array(
      ["a", "b"],
      [
        ["x", "a"],
        ["a", "b"],
      ],
    ),
  /[Uu]nknown node/,
);
assert.throws(
  () =>
    toposort.array(
      ["a", "b"],
      [
        ["a", "b"],
        ["x", "y"],
      ],
    ),
  /[Uu]nknown node/,
);
assert.deepStrictEqual(toposort.array(["a", "b"], []).toSorted(), ["a", "b"]);
assert.deepStrictEqual(toposort.array(["b", "a"], [["a", "b"]]), ["a", "b"]);
