import assert from "node:assert";
import { test } from "node:test";
import normalizeUrl from "../index.js";

test("other hosts with ports", () => {
  assert.strictEqual(normalizeUrl("www.example.com:8080"), "http://example.com:8080");
  assert.strictEqual(normalizeUrl("sub.example.co.uk:3000/a?b=1"), "http://sub.example.co.uk:3000/a?b=1");
  assert.strictEqual(normalizeUrl("example.com:5000", { defaultProtocol: "https:" }), "https://example.com:5000");
});

test("with a protocol", () => {
  assert.strictEqual(normalizeUrl("http://example.com:5000/"), "http://example.com:5000");
});

test("other protocols, with more in them", () => {
  assert.strictEqual(normalizeUrl("sindre://www.sorhus.com"), "sindre://www.sorhus.com");
  assert.strictEqual(normalizeUrl("foo:bar"), "foo:bar");
  assert.strictEqual(normalizeUrl("mailto:a.b@example.com?subject=x.y"), "mailto:a.b@example.com?subject=x.y");
});
