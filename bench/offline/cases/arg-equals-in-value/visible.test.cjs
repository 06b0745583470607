const assert = require("node:assert");
const { test } = require("node:test");
const arg = require("..");

test("reads values of the declared types", () => {
  assert.deepStrictEqual(
    arg({ "--name": String, "--count": Number, "--all": Boolean }, { argv: ["--name", "x", "--count", "3", "--all"] }),
    {
      _: [],
      "--name": "x",
      "--count": 3,
      "--all": true,
    },
  );
});

test("reads a value after an equals sign", () => {
  assert.deepStrictEqual(arg({ "--name": String }, { argv: ["--name=x"] }), { _: [], "--name": "x" });
});

test("collects repeated values", () => {
  assert.deepStrictEqual(arg({ "--tag": [String] }, { argv: ["--tag", "a", "--tag=b"] }), {
    _: [],
    "--tag": ["a", "b"],
  });
});

test("follows aliases", () => {
  assert.deepStrictEqual(arg({ "--name": String, "-n": "--name" }, { argv: ["-n", "x"] }), { _: [], "--name": "x" });
});

test("refuses what it does not know, unless it is permissive", () => {
  assert.throws(() => arg({}, { argv: ["--x"] }), /Unknown or unexpected option: --x/);
  assert.deepStrictEqual(arg({}, { argv: ["--x"], permissive: true }), { _: ["--x"] });
});

test("a value may hold an equals sign", () => {
  assert.deepStrictEqual(arg({ "--env": String }, { argv: ["--env=NODE_ENV=production"] }), {
    _: [],
    "--env": "NODE_ENV=production",
  });
});
