const assert = require("node:assert");
const { test } = require("node:test");
const { Cookie, CookieAccessInfo, CookieJar } = require("..");

test("a cookie is read and written", () => {
  const cookie = new Cookie("a=1; path=/; domain=.example.com");
  assert.strictEqual(cookie.name, "a");
  assert.strictEqual(cookie.value, "1");
  assert.strictEqual(cookie.toString(), "a=1; domain=.example.com; path=/");
  assert.strictEqual(cookie.toValueString(), "a=1");
});

test("a jar gives back what was put in", () => {
  const jar = new CookieJar();
  jar.setCookies(["a=1; path=/", "b=2; path=/x"]);
  assert.strictEqual(jar.getCookie("a", CookieAccessInfo.All).value, "1");
  assert.strictEqual(jar.getCookie("c", CookieAccessInfo.All), undefined);
});

test("a cookie is only shown to its path and domain", () => {
  const jar = new CookieJar();
  jar.setCookie("a=1; path=/admin; domain=.example.com");
  assert.strictEqual(jar.getCookies(new CookieAccessInfo("example.com", "/")).length, 0);
  assert.strictEqual(jar.getCookies(new CookieAccessInfo("www.example.com", "/admin")).length, 1);
});

test("an expired cookie goes", () => {
  const jar = new CookieJar();
  jar.setCookie("a=1; path=/");
  jar.setCookie("a=1; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT");
  assert.strictEqual(jar.getCookies(CookieAccessInfo.All).length, 0);
});

test("the header for one cookie has no separator", () => {
  const jar = new CookieJar();
  jar.setCookie("a=1; path=/");
  assert.strictEqual(jar.getCookies(CookieAccessInfo.All).toValueString(), "a=1");
});

test("several cookies are joined as a Cookie header wants it", () => {
  const jar = new CookieJar();
  jar.setCookies(["a=1; path=/", "b=2; path=/"]);
  assert.strictEqual(jar.getCookies(CookieAccessInfo.All).toValueString(), "a=1; b=2");
});
