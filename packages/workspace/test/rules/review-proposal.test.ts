import assert from "node:assert/strict";
import { test } from "node:test";
import { proposeRule } from "../../src/rules/propose.ts";
import { reviewProposal } from "../../src/rules/review-proposal.ts";

const rule = (prefix: string, more = ""): string => `[[rule]]\nprefix = ${prefix}\ndecision = "allow"\n${more}`;

const refused: readonly [script: string, text: string, why: RegExp][] = [
  ["git branch -D a", rule('["git", "branch'), /^invalid TOML/],
  ["git branch -D a", rule('"git branch"'), /^prefix must be a list of words/],
  ["git branch -D a", rule('["git branch", "-D"]'), /^prefix: "git branch" is more than a program/],
  ["git branch -D a", rule('["git"]', 'match = ["ls"]\n'), /^match: the rule does not match it: "ls"/],
  ["git branch -D a", 'rule = "x"', /rule must be written as \[\[rule\]\]/],
  ["git branch -D a", "# nothing\n", /^it holds no rule$/],
  ["git branch -D a", rule('["git", "branch"]').replace("allow", "never"), /^it says never; here only allow/],
  ["git branch -D a", rule('["git", "tag"]'), /^git tag speaks of no command here$/],
  [
    "git branch -D a",
    rule('["git", "branch", "-D", "b"]', "exact = true\n"),
    /^git branch -D b speaks of no command here$/,
  ],
  // It speaks of the command, but does not name what raised the question.
  ["git push origin --force", rule('["git", "push"]'), /^git push does not count here: it must name every word/],
  [
    "rm -rf dist",
    rule('["rm", "-rf", ["dist", "/"]]', "exact = true\n"),
    /^rm -rf \/ never runs .* no rule lifts that$/,
  ],
  ["chmod -R 700 a", rule('["chmod", "-R", "700", ["a", "/"]]'), /^chmod -R 700 \/ never runs/],
  ["echo x > log", rule('[">", ["log", "/dev/sda"]]'), /^> \/dev\/sda never runs/],
];

for (const [script, text, why] of refused)
  test(`is no answer to ${script}: ${JSON.stringify(text)}`, () => {
    const reviewed = reviewProposal(script, [], text);
    assert.ok(!reviewed.ok);
    assert.match(reviewed.why, why);
  });

test("says in words what would be allowed, and what is said of the script then", () => {
  const wide = reviewProposal("git push origin --force", [], rule('["git", "push", "origin", ["--force", "-f"]]'));
  assert.ok(wide.ok);
  assert.deepEqual(wide.allows, ["everything that begins with: git push origin (--force|-f)"]);
  assert.equal(wide.verdict.decision, "allow");
  const outside = reviewProposal("git push", [], rule('["git", "push"]', 'run = "host"\nexact = true\n'));
  assert.ok(outside.ok);
  assert.deepEqual(outside.allows, ["OUTSIDE OF THE SANDBOX, exactly: git push"]);
  const part = reviewProposal("rm -rf a; git branch -D b", [], rule('["rm", "-rf", "a"]'));
  assert.equal(part.ok && part.verdict.decision, "ask");
});

test("a prefix with very many choices is not spelled out, nor taken", () => {
  const choices = `[${Array.from({ length: 20 }, (_, at) => `"w${at}"`).join(", ")}]`;
  const reviewed = reviewProposal("tool w1 w1", [], rule(`["tool", ${choices}, ${choices}]`));
  assert.match(reviewed.ok ? "" : reviewed.why, /too many commands/);
});

test("rules are proposed for what was asked about, not for what would have run anyway", () => {
  const prefixes = (script: string, unmatchedRuns: boolean) =>
    proposeRule(script, [], { run: "sandbox", unmatchedRuns })?.match(/^prefix = .*$/gm) ?? null;
  const script = "npm ci && git branch -D a > log; make";
  assert.deepEqual(prefixes(script, true), ['prefix = ["git", "branch", "-D", "a"]']);
  assert.equal(prefixes(script, false), null, "with all four of them it would be too many rules");
  assert.deepEqual(prefixes("npm ci; git branch -D a", false), [
    'prefix = ["npm", "ci"]',
    'prefix = ["git", "branch", "-D", "a"]',
  ]);
  assert.equal(prefixes("npm ci", true), null, "it is not asked about at all");
  // Outside of the sandbox all of a script must be allowed there.
  assert.equal(proposeRule("npm ci; git push", [], { run: "host", unmatchedRuns: true }), null);
});
