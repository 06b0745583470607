const assert = require("node:assert");
const { test } = require("node:test");
const createError = require("..");

test("either name alone is ignored", () => {
  assert.strictEqual(createError(404, { status: 500 }).status, 404);
  assert.strictEqual(createError(404, { statusCode: 500 }).statusCode, 404);
});

test("an existing error keeps its status", () => {
  const error = createError(403, new Error("x"), { status: 500, statusCode: 501 });
  assert.strictEqual(error.status, 403);
  assert.strictEqual(error.statusCode, 403);
});

test("the other properties beside them are copied, expose and message too", () => {
  const error = createError(404, { status: 500, path: "/x", expose: false, message: "m" });
  assert.strictEqual(error.path, "/x");
  assert.strictEqual(error.expose, false);
  assert.strictEqual(error.message, "m");
});
