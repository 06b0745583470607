const assert = require("node:assert");
const { test } = require("node:test");
const { Command } = require("..");

const run = (program, ...args) => program.parse(["node", "tool", ...args]);

test("options and their values", () => {
  const program = new Command();
  program.option("-p, --port <n>", "port").option("-v, --verbose").option("--no-color");
  run(program, "-p", "80", "--verbose", "--no-color");
  assert.strictEqual(program.port, "80");
  assert.strictEqual(program.verbose, true);
  assert.strictEqual(program.color, false);
});

test("a default and a converter", () => {
  const program = new Command();
  program.option("-n, --number <n>", "number", Number, 5);
  assert.strictEqual(run(program).number, 5);
  assert.strictEqual(run(program, "-n", "7").number, 7);
});

test("a command gets its arguments", () => {
  const program = new Command();
  const seen = [];
  program.command("copy <from> [to]").action((from, to) => seen.push(from, to));
  run(program, "copy", "a", "b");
  assert.deepStrictEqual(seen, ["a", "b"]);
});

test("other arguments are kept", () => {
  const program = new Command();
  run(program, "a", "b");
  assert.deepStrictEqual(program.args, ["a", "b"]);
});

test("an argument may have the name of something all objects inherit", () => {
  const program = new Command();
  program.executeSubCommand = () => assert.fail("it was taken for a command");
  program.command("copy", "copies files");
  run(program, "__proto__");
  assert.deepStrictEqual(program.args, ["__proto__"]);
});
