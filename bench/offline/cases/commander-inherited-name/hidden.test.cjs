const assert = require("node:assert");
const { test } = require("node:test");
const { Command } = require("..");

const tool = (...names) => {
  const program = new Command();
  const executed = [];
  program.executeSubCommand = (_argv, args) => executed.push(args[0]);
  for (const name of names) program.command(name, "does something");
  return { program, executed };
};

test("all inherited names", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    const { program, executed } = tool("copy");
    program.parse(["node", "tool", name]);
    assert.deepStrictEqual(executed, [], name);
  }
});

test("a declared command is still executed", () => {
  const { program, executed } = tool("copy", "move");
  program.parse(["node", "tool", "move", "a"]);
  assert.deepStrictEqual(executed, ["move"]);
});

test("even if it has such a name", () => {
  const { program, executed } = tool("constructor");
  program.parse(["node", "tool", "constructor"]);
  assert.deepStrictEqual(executed, ["constructor"]);
});
