const assert = require("node:assert");
const { get, to } = require("..");

for (let alpha = 0; alpha < 255; alpha += 1) {
  const hex = `#102030${alpha.toString(16).padStart(2, "0").toUpperCase()}`;
  assert.strictEqual(to.hex(get.rgb(hex)), hex);
}
for (const digit of "0123456789abcde") {
  assert.strictEqual(get.rgb(`#123${digit}`)[3], Number.parseInt(digit + digit, 16) / 255);
}
assert.deepStrictEqual(get.rgb("#123f"), [17, 34, 51, 1]);
assert.deepStrictEqual(get.rgb("rgba(0, 0, 0, 0.125)"), [0, 0, 0, 0.125]);
