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

test("parameters have to match", () => {
  assert.deepStrictEqual(accept("text/html;level=1").mediaTypes(["text/html;level=1", "text/html"]), [
    "text/html;level=1",
  ]);
});

test("languages, charsets and encodings", () => {
  const negotiator = new Negotiator({
    headers: { "accept-language": "de, en;q=0.8", "accept-charset": "utf-8", "accept-encoding": "gzip" },
  });
  assert.deepStrictEqual(negotiator.languages(["en", "de"]), ["de", "en"]);
  assert.strictEqual(negotiator.charset(["iso-8859-1", "utf-8"]), "utf-8");
  assert.deepStrictEqual(negotiator.encodings(["gzip", "identity"]), ["gzip", "identity"]);
});

test("a value in quotation marks is the value", () => {
  assert.deepStrictEqual(accept('text/html;level="1"').mediaTypes(["text/html;level=1"]), ["text/html;level=1"]);
});

test("a comma in quotation marks does not end an entry", () => {
  assert.deepStrictEqual(
    accept('text/html;x="a,b", text/plain').mediaTypes(["text/plain", 'text/html;x="a,b"']).includes("text/plain"),
    true,
  );
  assert.deepStrictEqual(accept('text/html;x="a,text/css", text/plain').mediaTypes(["text/css"]), []);
});
