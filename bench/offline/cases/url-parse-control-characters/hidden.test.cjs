const assert = require("node:assert");
const { test } = require("node:test");
const parse = require("..");

test("every control character, alone and with blanks", () => {
  for (let code = 0; code <= 0x20; code += 1) {
    const url = parse(`${String.fromCharCode(code)} javascript:alert(1)`);
    assert.strictEqual(url.protocol, "javascript:", `code ${code}`);
  }
});

test("other white space as before", () => {
  for (const space of ["\u00a0", "\u2003", "\u3000", "\ufeff"])
    assert.strictEqual(parse(`${space}http://a.b/`).hostname, "a.b");
});

test("nothing else is dropped", () => {
  assert.strictEqual(parse("!http://a.b/", {}).protocol, "");
  assert.strictEqual(parse("http://a.b/\x01c").pathname.length, 3);
});
