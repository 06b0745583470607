const assert = require("node:assert");
const { get, to } = require("..");

assert.deepStrictEqual(get.rgb("#fef"), [255, 238, 255, 1]);
assert.deepStrictEqual(get.rgb("#fffFEF"), [255, 255, 239, 1]);
assert.deepStrictEqual(get.rgb("rgb(244, 233, 100)"), [244, 233, 100, 1]);
assert.deepStrictEqual(get.rgb("rgba(200, 60, 60, 0.3)"), [200, 60, 60, 0.3]);
assert.deepStrictEqual(get.rgb("blue"), [0, 0, 255, 1]);
assert.strictEqual(get.rgb("nonsense"), null);
assert.deepStrictEqual(get.hsl("hsl(240, 100%, 50.5%)"), [240, 100, 50.5, 1]);
assert.deepStrictEqual(get("hwb(240, 100%, 50%)"), { model: "hwb", value: [240, 100, 50, 1] });
assert.strictEqual(to.hex([255, 10, 35]), "#FF0A23");
assert.strictEqual(to.rgb([255, 10, 35, 0.3]), "rgba(255, 10, 35, 0.3)");

assert.deepStrictEqual(get.rgb("#00000000"), [0, 0, 0, 0]);
assert.deepStrictEqual(get.rgb("#fef0"), [255, 238, 255, 0]);
assert.strictEqual(get.rgb("#c814e933")[3], 0.2);

// The alpha of a hexadecimal colour comes back as it was.
assert.strictEqual(to.hex(get.rgb("#c814e980")), "#C814E980");
assert.strictEqual(get.rgb("#c814e988")[3], 0x88 / 255);
assert.strictEqual(get.rgb("#f008")[3], 0x88 / 255);
