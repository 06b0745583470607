const assert = require("node:assert");
const { test } = require("node:test");
const strip = require("..");

test("leaves JSON without comments as it is", () => {
  assert.strictEqual(strip('{"a":"b"}'), '{"a":"b"}');
});

test("replaces comments with white space of the same length", () => {
  assert.strictEqual(strip('//comment\n{"a":"b"}'), '         \n{"a":"b"}');
  assert.strictEqual(strip('{"a":/*x*/1}'), '{"a":     1}');
});

test("removes comments altogether when asked to", () => {
  assert.strictEqual(strip('//comment\n{"a":"b"}', { whitespace: false }), '\n{"a":"b"}');
  assert.strictEqual(strip('{"a":/*x*/1}', { whitespace: false }), '{"a":1}');
});

test("does not look into strings", () => {
  assert.strictEqual(strip('{"a":"b//c"}'), '{"a":"b//c"}');
  assert.strictEqual(strip('{"a":"/*b*/"}'), '{"a":"/*b*/"}');
});

test("keeps line breaks", () => {
  assert.strictEqual(strip('{"a":1}//c\r\n'), '{"a":1}   \r\n');
});

test("a line comment may end with the text", () => {
  assert.strictEqual(strip('{"a":1} // note'), '{"a":1}        ');
  assert.strictEqual(strip('{"a":1} // note', { whitespace: false }), '{"a":1} ');
});
