const assert = require("node:assert");
const { test } = require("node:test");
const { CookieAccessInfo, CookieJar } = require("..");

test("three cookies, some not shown", () => {
  const jar = new CookieJar();
  jar.setCookies(["a=1; path=/", "b=2; path=/", "c=3; path=/private", "d=4; path=/"]);
  assert.strictEqual(jar.getCookies(new CookieAccessInfo("", "/")).toValueString(), "a=1; b=2; d=4");
});

test("the other text form is unchanged", () => {
  const jar = new CookieJar();
  jar.setCookies(["a=1; path=/", "b=2; path=/"]);
  assert.strictEqual(jar.getCookies(CookieAccessInfo.All).toString(), "a=1; path=/:b=2; path=/");
});

test("no cookies, no text", () => {
  assert.strictEqual(new CookieJar().getCookies(CookieAccessInfo.All).toValueString(), "");
});
