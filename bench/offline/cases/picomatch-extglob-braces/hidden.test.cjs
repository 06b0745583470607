const assert = require("node:assert");
const { test } = require("node:test");
const picomatch = require("..");

const matches = (pattern, ...names) => names.filter((name) => picomatch.isMatch(name, pattern));

test("in folders", () => {
  assert.deepStrictEqual(matches("**/!(*.d).{ts,tsx}", "a/b.d.ts", "a/b.ts", "a/b.tsx", "b.d.tsx"), [
    "a/b.ts",
    "a/b.tsx",
  ]);
});

test("before another extended pattern", () => {
  assert.deepStrictEqual(matches("**/!(*-dbg).@(js)", "a/x-dbg.js", "a/x.js", "a/x.ts"), ["a/x.js"]);
});

test("plain endings as before", () => {
  assert.deepStrictEqual(matches("**/!(*.d).ts", "a/b.d.ts", "a/b.ts"), ["a/b.ts"]);
  assert.deepStrictEqual(matches("!(*.min).css", "a.min.css", "a.css"), ["a.css"]);
});
