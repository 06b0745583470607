const assert = require("node:assert");
const { test } = require("node:test");
const Negotiator = require("..");

const accept = (value) => new Negotiator({ headers: { accept: value } });

test("a parameter without a value does not match a type that gives one", () => {
  assert.deepStrictEqual(accept("application/json;odata").mediaTypes(["application/json;odata=verbose"]), []);
});

test("other entries of the header still count", () => {
  assert.deepStrictEqual(accept("text/html;level, text/plain").mediaTypes(["text/html;level=2", "text/plain"]), [
    "text/plain",
  ]);
});

test("a parameter that has a value still has to match", () => {
  assert.deepStrictEqual(accept("text/html;level;v=1").mediaTypes(["text/html;v=1"]), ["text/html;v=1"]);
  assert.deepStrictEqual(accept("text/html;level;v=1").mediaTypes(["text/html;v=2"]), []);
  assert.deepStrictEqual(accept("text/html;level=1").mediaTypes(["text/html;level=2"]), []);
  assert.deepStrictEqual(accept("text/html;level=*").mediaTypes(["text/html;level=2"]), ["text/html;level=2"]);
});
