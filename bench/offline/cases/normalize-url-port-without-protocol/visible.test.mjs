import assert from "node:assert";
import { test } from "node:test";
import normalizeUrl from "../index.js";

test("adds the protocol and drops what goes without saying", () => {
  assert.strictEqual(normalizeUrl("example.com"), "http://example.com");
  assert.strictEqual(normalizeUrl("HTTP://www.Example.com:80/"), "http://example.com");
  assert.strictEqual(normalizeUrl("//example.com:80/a/"), "http://example.com/a");
});

test("query and fragment", () => {
  assert.strictEqual(normalizeUrl("example.com/?b=2&a=1"), "http://example.com/?a=1&b=2");
  assert.strictEqual(normalizeUrl("example.com/?utm_source=x&a=1#top"), "http://example.com/?a=1#top");
  assert.strictEqual(normalizeUrl("example.com/#top", { stripHash: true }), "http://example.com");
});

test("options", () => {
  assert.strictEqual(normalizeUrl("http://example.com", { forceHttps: true }), "https://example.com");
  assert.strictEqual(normalizeUrl("http://www.example.com", { stripWWW: false }), "http://www.example.com");
  assert.strictEqual(normalizeUrl("example.com", { defaultProtocol: "https" }), "https://example.com");
});

test("leaves other protocols alone", () => {
  assert.strictEqual(normalizeUrl("mailto:a@example.com"), "mailto:a@example.com");
  assert.strictEqual(normalizeUrl("tel:123"), "tel:123");
});

test("a host name with a port is no protocol", () => {
  assert.strictEqual(normalizeUrl("example.com:5000/foo/"), "http://example.com:5000/foo");
});
