const assert = require("node:assert");
const toposort = require("..");

const before = (order, a, b) => order.indexOf(a) < order.indexOf(b);

const edges = [
  ["shirt", "tie"],
  ["tie", "jacket"],
  ["trousers", "shoes"],
  ["trousers", "belt"],
  ["belt", "jacket"],
];
const order = toposort(edges);
assert.strictEqual(order.length, 6);
for (const [a, b] of edges) assert.ok(before(order, a, b), `${a} before ${b}`);

assert.deepStrictEqual(toposort([]), []);
assert.deepStrictEqual(toposort([["a", "b"]]), ["a", "b"]);
assert.throws(
  () =>
    toposort([
      ["a", "b"],
      ["b", "a"],
    ]),
  /Cyclic dependency/,
);
assert.throws(() => toposort([["a", "a"]]), /Cyclic dependency/);

const nodes = toposort.array(
  ["d", "c", "b", "a"],
  [
    ["a", "b"],
    ["b", "c"],
  ],
);
assert.strictEqual(nodes.length, 4);
assert.ok(before(nodes, "a", "b") && before(nodes, "b", "c"));

assert.throws(() => toposort.array(["a"], [["a", "b"]]), /[Uu]nknown node/);
assert.throws(
  () => toposort.array(["b"], [["a", "b"]]),
  /[Uu]nknown node/,
  "the first of the two is not among the nodes",
);
