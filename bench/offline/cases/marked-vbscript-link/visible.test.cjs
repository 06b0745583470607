const assert = require("node:assert");
const { test } = require("node:test");
const marked = require("..");

test("paragraphs and emphasis", () => {
  assert.strictEqual(marked("Hello *world*, **now**"), "<p>Hello <em>world</em>, <strong>now</strong></p>\n");
});

test("headings and lists", () => {
  assert.strictEqual(marked("# Top"), '<h1 id="top">Top</h1>\n');
  assert.strictEqual(marked("- a\n- b"), "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
});

test("code is escaped", () => {
  assert.strictEqual(marked("`a < b`"), "<p><code>a &lt; b</code></p>\n");
});

test("links", () => {
  assert.strictEqual(marked("[x](http://example.com)"), '<p><a href="http://example.com">x</a></p>\n');
  assert.strictEqual(marked("[x](/a)", { sanitize: true }), '<p><a href="/a">x</a></p>\n');
});

test("a script in a link is dropped when sanitizing", () => {
  assert.strictEqual(marked("[x](javascript:alert)", { sanitize: true }), "<p></p>\n");
});

test("and so is one in the other language of browsers", () => {
  assert.strictEqual(marked("[x](vbscript:alert)", { sanitize: true }), "<p></p>\n");
});
