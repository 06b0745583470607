const assert = require("node:assert");
const { test } = require("node:test");
const robotsParser = require("..");

const site = "https://www.example.com";
const parse = (...lines) => robotsParser(`${site}/robots.txt`, lines.join("\n"));

test("allows what is not disallowed", () => {
  const robots = parse("User-agent: *", "Disallow: /private", "Allow: /private/open");
  assert.strictEqual(robots.isAllowed(`${site}/a`), true);
  assert.strictEqual(robots.isAllowed(`${site}/private/x`), false);
  assert.strictEqual(robots.isAllowed(`${site}/private/open`), true);
});

test("rules of one robot", () => {
  const robots = parse("User-agent: Bot", "Disallow: /", "", "User-agent: *", "Disallow:");
  assert.strictEqual(robots.isAllowed(`${site}/a`, "Bot/1.0"), false);
  assert.strictEqual(robots.isAllowed(`${site}/a`, "Other"), true);
});

test("delay, site maps and host", () => {
  const robots = parse("User-agent: *", "Crawl-delay: 5", `Sitemap: ${site}/map.xml`, "Host: example.com");
  assert.strictEqual(robots.getCrawlDelay("x"), 5);
  assert.deepStrictEqual(robots.getSitemaps(), [`${site}/map.xml`]);
  assert.strictEqual(robots.getPreferredHost(), "example.com");
});

test("says nothing about other sites", () => {
  const robots = parse("User-agent: *", "Disallow: /");
  assert.strictEqual(robots.isAllowed("https://other.example.com/a"), undefined);
  assert.strictEqual(robots.isAllowed("http://www.example.com/a"), undefined);
  assert.strictEqual(robots.isAllowed(`${site}:8080/a`), undefined);
});

test("443 is the port of https", () => {
  const robots = parse("User-agent: *", "Disallow: /private");
  assert.strictEqual(robots.isAllowed(`${site}:443/private`), false);
});

test("80 is another port", () => {
  const robots = parse("User-agent: *", "Disallow: /private");
  assert.strictEqual(robots.isAllowed(`${site}:80/private`), undefined);
});
