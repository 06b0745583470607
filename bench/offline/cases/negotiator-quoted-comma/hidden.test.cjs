const assert = require("node:assert");
const { test } = require("node:test");
const Negotiator = require("..");

const accept = (value) => new Negotiator({ headers: { accept: value } });

test("several commas in quotation marks", () => {
  assert.deepStrictEqual(accept('text/html;x="a,b,c,d";q=0.2, text/plain').mediaTypes(["text/plain"]), ["text/plain"]);
  assert.deepStrictEqual(accept('a/b;x=",text/css,"').mediaTypes(["text/css"]), []);
});

test("quotation marks in two entries", () => {
  assert.deepStrictEqual(
    accept('text/html;x="1", text/plain;x="2"').mediaTypes(["text/plain;x=2", "text/html;x=1"]).sort(),
    ["text/html;x=1", "text/plain;x=2"],
  );
});

test("one quotation mark alone is part of the value", () => {
  assert.deepStrictEqual(accept('text/html;x=1"').mediaTypes(["text/html;x=1"]), []);
});
