const assert = require("node:assert");
const { test } = require("node:test");
const picomatch = require("..");

const matches = (pattern, ...names) => names.filter((name) => picomatch.isMatch(name, pattern));

test("stars", () => {
  assert.deepStrictEqual(matches("*.js", "a.js", "a.md", "a/b.js"), ["a.js"]);
  assert.deepStrictEqual(matches("**/*.js", "a.js", "a/b.js", "a/b/c.js", "a.md"), ["a.js", "a/b.js", "a/b/c.js"]);
});

test("braces, classes and question marks", () => {
  assert.deepStrictEqual(matches("*.{js,ts}", "a.js", "a.ts", "a.md"), ["a.js", "a.ts"]);
  assert.deepStrictEqual(matches("[ab]?.js", "ax.js", "cx.js", "a.js"), ["ax.js"]);
});

test("extended patterns", () => {
  assert.deepStrictEqual(matches("@(a|b).js", "a.js", "b.js", "c.js"), ["a.js", "b.js"]);
  assert.deepStrictEqual(matches("!(a).js", "a.js", "b.js"), ["b.js"]);
});

test("hidden files only when asked for", () => {
  assert.deepStrictEqual(matches("*", ".a", "b"), ["b"]);
  assert.strictEqual(picomatch.isMatch(".a", "*", { dot: true }), true);
});

test("a negation with a star, before an ending", () => {
  assert.deepStrictEqual(matches("!(*.d).ts", "a.d.ts", "a.ts", "a.js"), ["a.ts"]);
});

test("a negation with a star, before endings in braces", () => {
  assert.deepStrictEqual(matches("!(*.d).{ts,tsx}", "a.d.ts", "a.ts", "a.tsx", "a.js"), ["a.ts", "a.tsx"]);
});
