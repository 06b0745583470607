const assert = require("node:assert");
const { test } = require("node:test");
const Negotiator = require("..");

const accept = (value) => new Negotiator({ headers: { accept: value } });

test("lists the accepted types by preference", () => {
  assert.deepStrictEqual(accept("text/plain;q=0.5, text/html").mediaTypes(), ["text/html", "text/plain"]);
});

test("chooses among the offered types", () => {
  assert.deepStrictEqual(accept("text/*").mediaTypes(["application/json", "text/html"]), ["text/html"]);
  assert.strictEqual(
    accept("*/*;q=0.1, application/json").mediaType(["text/html", "application/json"]),
    "application/json",
  );
});

test("refuses what has a quality of zero", () => {
  assert.deepStrictEqual(accept("text/html;q=0").mediaTypes(["text/html"]), []);
});

test("matches parameters without regard to case", () => {
  assert.deepStrictEqual(accept("text/html;level=ONE").mediaTypes(["text/html;level=one"]), ["text/html;level=one"]);
  assert.deepStrictEqual(accept("text/html;level=1").mediaTypes(["text/html"]), []);
});

test("an accepted type may have a parameter without a value", () => {
  assert.deepStrictEqual(accept("text/html;level").mediaTypes(["text/html;level=1", "text/html"]), ["text/html"]);
});
