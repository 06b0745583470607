const assert = require("node:assert");
const { test } = require("node:test");
const fresh = require("..");

test("without a condition nothing is fresh", () => {
  assert.strictEqual(fresh({}, {}), false);
});

test("etags that match and that do not", () => {
  assert.strictEqual(fresh({ "if-none-match": '"foo"' }, { etag: '"foo"' }), true);
  assert.strictEqual(fresh({ "if-none-match": '"foo"' }, { etag: '"bar"' }), false);
  assert.strictEqual(fresh({ "if-none-match": ' "foo", "bar"' }, { etag: '"bar"' }), true);
  assert.strictEqual(fresh({ "if-none-match": '"foo"' }, {}), false);
});

test("a star matches everything", () => {
  assert.strictEqual(fresh({ "if-none-match": "*" }, { etag: '"foo"' }), true);
});

test("times", () => {
  const early = "Sat, 01 Jan 2000 00:00:00 GMT";
  const late = "Sat, 01 Jan 2000 01:00:00 GMT";
  assert.strictEqual(fresh({ "if-modified-since": late }, { "last-modified": early }), true);
  assert.strictEqual(fresh({ "if-modified-since": early }, { "last-modified": late }), false);
  assert.strictEqual(fresh({ "if-modified-since": early }, {}), false);
});

test("no-cache is never fresh", () => {
  assert.strictEqual(fresh({ "if-none-match": "*", "cache-control": "no-cache" }, { etag: '"foo"' }), false);
});

test("weak and strong etags are compared weakly", () => {
  assert.strictEqual(fresh({ "if-none-match": 'W/"foo"' }, { etag: 'W/"foo"' }), true);
  assert.strictEqual(fresh({ "if-none-match": 'W/"foo"' }, { etag: '"foo"' }), true);
  assert.strictEqual(fresh({ "if-none-match": '"foo"' }, { etag: 'W/"foo"' }), true);
});

test("a star in a list means nothing", () => {
  assert.strictEqual(fresh({ "if-none-match": '*, "bar"' }, { etag: '"foo"' }), false);
});
