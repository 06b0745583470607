import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInRules } from "../../src/rules/built-in.ts";
import { judgeScript } from "../../src/rules/judge.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { isReadOnlyScript } from "../../src/shell/read-only-script.ts";
import { simpleCommands } from "../../src/shell/simple-commands.ts";
import { asked, forbidden, ordinary } from "./judge-cases.ts";
import { harmlessWrappers, unclearWrappers, wrappers } from "./wrapper-cases.ts";

for (const [script, decision] of [...ordinary, ...asked, ...forbidden, ...harmlessWrappers]) {
  test(`${decision}: ${JSON.stringify(script)}`, () => {
    const verdict = judgeScript(script, []);
    assert.equal(verdict.decision, decision, JSON.stringify(verdict, null, 1));
    assert.ok(!verdict.why.includes("\n"));
  });
}

for (const form of wrappers) {
  test(`seen through: ${form}`, () => {
    const holding = (words: string) => form.replace("WORDS", words).replace("WORD", `'${words}'`);
    assert.equal(judgeScript(holding("rm -rf /"), []).decision, "never", holding("rm -rf /"));
    assert.equal(judgeScript(holding("rm -rf x"), []).decision, "ask", holding("rm -rf x"));
  });
}

for (const script of unclearWrappers) {
  test(`unclear: ${script}`, () => {
    const verdict = judgeScript(script, []);
    assert.equal(verdict.decision, "ask", JSON.stringify(verdict, null, 1));
    assert.notEqual(verdict.unclear, null);
  });
}

test("who allows a runner allows what it runs, but not what is asked about", () => {
  const read = readRules('[[rule]]\nprefix = [["npx", "uv", "tar"]]\ndecision = "allow"\n', {
    file: "x",
    layer: "user",
  });
  assert.ok(read.ok);
  const rows = [
    ["npx tsc", "allow"],
    ["uv run pytest && npx eslint .", "allow"],
    ["tar -I zstd -xf x", "allow"],
    ["npx rm -rf dist", "ask"],
    ["uv run git push", "ask"],
    ["npx --unheard-of x", "ask"],
    ["tar --to-command='rm -rf ~' -xf x", "never"],
  ] as const;
  for (const [script, decision] of rows) assert.equal(judgeScript(script, read.rules).decision, decision, script);
});

test("what only reads is never asked about, and is said to only read", () => {
  for (const [script, decision] of [...ordinary, ...asked, ...forbidden]) {
    const { readOnly } = judgeScript(script, []);
    if (decision === "allow") assert.equal(readOnly, isReadOnlyScript(script), script);
    else assert.equal(readOnly, false, script);
  }
});

for (const rule of builtInRules) {
  test(`${rule.source} speaks of its examples, and not of what is similar`, () => {
    const speaksOf = (script: string) => simpleCommands(script).commands.some(({ words }) => rule.matches(words));
    assert.ok(rule.match.length > 0 && rule.notMatch.length > 0);
    for (const script of rule.match) assert.ok(speaksOf(script), `must match: ${script}`);
    for (const script of rule.notMatch) assert.ok(!speaksOf(script), `must not match: ${script}`);
    for (const script of rule.match) assert.notEqual(judgeScript(script, []).decision, "allow", script);
  });
}

test("each simple command has a line of its own, with the rule that decided", () => {
  const { commands } = judgeScript("cat a | sort > b && sudo git push", []);
  assert.deepEqual(
    commands.map(({ text, decision, rule }) => [text, decision, rule?.source ?? null]),
    [
      ["cat a", "allow", "built-in: only reads"],
      ["sort", "allow", "built-in: only reads"],
      ["> b", "unmatched", null],
      ["sudo git push", "unmatched", null],
      ["git push", "ask", "built-in: git network"],
    ],
  );
});

test("a script that is too long, too deep or has too many commands is unclear", () => {
  const long = judgeScript(`ls; ${"echo a; ".repeat(20_000)}`, []);
  assert.deepEqual([long.decision, long.unclear], ["ask", "the script is too long to be judged"]);
  const many = judgeScript("ls\n".repeat(5_000), []);
  assert.deepEqual([many.decision, many.unclear], ["ask", "there are too many commands to be judged"]);
  const wrapped = judgeScript(`${"nice ".repeat(100)}rm -rf x`, []);
  assert.equal(wrapped.decision, "ask");
  const nested = judgeScript(`${"$(".repeat(2_000)}ls${")".repeat(2_000)}`, []);
  assert.equal(nested.decision, "ask");
  for (const deep of [
    "eval ",
    "env A=b ",
    "xargs ",
    "f(){ f|",
    'x="${x:-',
    "bash -c '",
    "(",
    "$(",
    "{ ",
    "if ",
    "[[ (",
  ]) {
    assert.equal(judgeScript(deep.repeat(70_000 / deep.length), []).decision, "ask", deep);
  }
});

test("the host is meant only when a rule allows each command there", () => {
  assert.equal(judgeScript("git push", []).run, "sandbox");
  assert.equal(judgeScript("git push", []).rule?.run, "host");
});
