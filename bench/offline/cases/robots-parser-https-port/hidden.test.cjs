const assert = require("node:assert");
const { test } = require("node:test");
const robotsParser = require("..");

const rules = "User-agent: *\nDisallow: /private";

test("robots.txt on port 80 of https speaks for that port only", () => {
  const robots = robotsParser("https://www.example.com:80/robots.txt", rules);
  assert.strictEqual(robots.isAllowed("https://www.example.com:80/private"), false);
  assert.strictEqual(robots.isAllowed("https://www.example.com/private"), undefined);
  assert.strictEqual(robots.isAllowed("https://www.example.com:443/private"), undefined);
});

test("http has port 80", () => {
  const robots = robotsParser("http://www.example.com/robots.txt", rules);
  assert.strictEqual(robots.isAllowed("http://www.example.com:80/private"), false);
  assert.strictEqual(robots.isAllowed("http://www.example.com/private"), false);
  assert.strictEqual(robots.isAllowed("http://www.example.com:443/private"), undefined);
});

test("relative addresses", () => {
  const robots = robotsParser("/robots.txt", rules);
  assert.strictEqual(robots.isAllowed("/private"), false);
  assert.strictEqual(robots.isAllowed("/open"), true);
});
