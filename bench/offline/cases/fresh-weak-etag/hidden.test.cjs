const assert = require("node:assert");
const { test } = require("node:test");
const fresh = require("..");

test("weak matching in a list", () => {
  assert.strictEqual(fresh({ "if-none-match": '"a", "foo"' }, { etag: 'W/"foo"' }), true);
  assert.strictEqual(fresh({ "if-none-match": 'W/"a", W/"b"' }, { etag: '"b"' }), true);
  assert.strictEqual(fresh({ "if-none-match": '"a", "b"' }, { etag: 'W/"foo"' }), false);
});

test("a star last or in the middle", () => {
  assert.strictEqual(fresh({ "if-none-match": '"bar", *' }, { etag: '"foo"' }), false);
  assert.strictEqual(fresh({ "if-none-match": '"bar", *, "foo"' }, { etag: '"foo"' }), true);
});

test("a star needs no etag", () => {
  assert.strictEqual(fresh({ "if-none-match": "*" }, {}), true);
});

test("both conditions have to hold", () => {
  const time = "Sat, 01 Jan 2000 00:00:00 GMT";
  assert.strictEqual(
    fresh({ "if-none-match": '"foo"', "if-modified-since": time }, { etag: 'W/"foo"', "last-modified": time }),
    true,
  );
  assert.strictEqual(
    fresh({ "if-none-match": '"bar"', "if-modified-since": time }, { etag: '"foo"', "last-modified": time }),
    false,
  );
});
