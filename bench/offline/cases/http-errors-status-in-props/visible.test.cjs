const assert = require("node:assert");
const { test } = require("node:test");
const createError = require("..");

test("makes an error of a status", () => {
  const error = createError(404);
  assert.strictEqual(error.message, "Not Found");
  assert.strictEqual(error.status, 404);
  assert.strictEqual(error.statusCode, 404);
  assert.strictEqual(error.expose, true);
});

test("takes a message and hides those of the server", () => {
  const error = createError(500, "database is on fire");
  assert.strictEqual(error.message, "database is on fire");
  assert.strictEqual(error.expose, false);
});

test("copies other properties", () => {
  const error = createError(404, "no such file", { path: "/x", code: "ENOENT" });
  assert.strictEqual(error.path, "/x");
  assert.strictEqual(error.code, "ENOENT");
});

test("extends an error that exists", () => {
  const cause = new Error("x");
  assert.strictEqual(createError(404, cause), cause);
  assert.strictEqual(cause.status, 404);
});

test("has a constructor per status", () => {
  assert.ok(createError(404) instanceof createError.NotFound);
  assert.strictEqual(new createError.NotFound().status, 404);
});

test("properties do not overwrite the status", () => {
  const error = createError(404, { status: 500, statusCode: 500 });
  assert.strictEqual(error.status, 404);
  assert.strictEqual(error.statusCode, 404);
});
