import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadShellAnalysis } from "../../src/index.ts";

const { readRules, judgeTool, toolRuleText } = await loadShellAnalysis();

const rulesIn = (text: string, layer: "user" | "project" = "user") => {
  const read = readRules(text, { file: "rules.toml", layer });
  assert.ok(read.ok, read.ok ? "" : read.message);
  return read.tools;
};
const entry = (decision: string, more = ""): string => `[[tool]]\nserver = "s"\ndecision = "${decision}"\n${more}\n`;
const decisionOf = (rules: ReturnType<typeof rulesIn>, tool = "t", server = "s"): string =>
  judgeTool(rules, { server, tool }).decision;

describe("rules about tools", () => {
  test("name one tool, several or all of one server, and nothing of another", () => {
    const rules = rulesIn(`${entry("allow", 'tool = "a"')}${entry("never", 'tool = ["b", "c"]')}`);
    assert.deepEqual(
      ["a", "b", "c", "d"].map((tool) => decisionOf(rules, tool)),
      ["allow", "never", "never", "unmatched"],
    );
    assert.equal(decisionOf(rulesIn(entry("allow"))), "allow");
    assert.equal(decisionOf(rulesIn(entry("allow")), "t", "other"), "unmatched");
  });

  test("a never stays, a later layer decides, the strictest of one layer counts", () => {
    const of = (decision: string, layer: "user" | "project") => rulesIn(entry(decision), layer);
    assert.equal(decisionOf([...of("never", "project"), ...of("allow", "user")]), "never");
    assert.equal(decisionOf([...of("ask", "project"), ...of("allow", "user")]), "allow");
    assert.equal(decisionOf([...of("allow", "project"), ...of("ask", "user")]), "ask");
    assert.equal(decisionOf([...of("allow", "user"), ...of("ask", "user")]), "ask");
  });

  test("a mistake makes the file an error that names the line; what forbids still counts", () => {
    const read = readRules(`${entry("never")}\n[[tool]]\nserver = "s"\ndecision = "maybe"\n`, {
      file: "f",
      layer: "user",
    });
    assert.ok(!read.ok);
    assert.match(read.message, /^f:6: decision must be/);
    assert.equal(read.keptTools.length, 1);
    const stranger = readRules('[[tool]]\nserver = "s"\ndecision = "ask"\nrun = "host"\n', {
      file: "f",
      layer: "user",
    });
    assert.ok(!stranger.ok && /unknown key "run"/.test(stranger.message));
    const shape = readRules('[tool]\nserver = "s"\n', { file: "f", layer: "user" });
    assert.ok(!shape.ok && /\[\[tool\]\]/.test(shape.message));
  });

  test("the text of a rule reads as what it says, whatever the names hold", () => {
    const asked = { server: 's"\n[[tool]]', tool: "t\\" };
    assert.equal(judgeTool(rulesIn(toolRuleText(asked)), asked).decision, "allow");
    assert.equal(rulesIn(toolRuleText(asked)).length, 1);
  });
});
