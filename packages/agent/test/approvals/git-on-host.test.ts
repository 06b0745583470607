import assert from "node:assert/strict";
import { test } from "node:test";
import { loadShellAnalysis } from "@fettle/workspace";
import { gitOnHost, withGitQuestions } from "../../src/approvals/git-on-host.ts";

const off = "-c core.hooksPath=/dev/null -c core.fsmonitor=false -c protocol.ext.allow=never";

for (const [given, run] of [
  ["git push", "push"],
  ["  git   push -u origin main \n", "push -u origin main"],
  ["git fetch --all --prune", "fetch --all --prune"],
  ["git clone https://example.org/a.git b", "clone https://example.org/a.git b"],
  ["git remote update", "remote update"],
  ["git push git@example.org:a/b.git HEAD:refs/heads/x", "push git@example.org:a/b.git HEAD:refs/heads/x"],
] as const)
  test(`runs with the repository's programs off: ${given.trim()}`, () =>
    assert.equal(gitOnHost(given), `git ${off} ${run}`));

for (const given of [
  "git push; rm x",
  "git push && true",
  "git push\nrm x",
  "git push $(x)",
  "git push > x",
  "git push origin 'a b'",
  "git push ~/x",
  "git commit -m x",
  "git remote add x y",
  "git pushy",
  "git -c core.sshCommand=x push",
  "git fetch --upload-pack=x",
  "git fetch --upload-pack x",
  "git push --receive-pack=x",
  "git push --exec=x",
  "git clone -c a=b x",
  "git clone -cprotocol.ext.allow=always x",
  "git clone --config a=b x",
  "git clone -u x y",
  "git clone -qux y",
  "git fetch --upload=x",
  "git push --rec x",
  "git clone --template=x y",
  "GIT_SSH=x git push",
  "",
])
  test(`is no plain git network command: ${JSON.stringify(given)}`, () => assert.equal(gitOnHost(given), null));

test("what a rule allows outside stays a question wherever git cannot be made harmless", async () => {
  const { judgeScript, readRules } = await loadShellAnalysis();
  const judged = (script: string, rule: string) => {
    const read = readRules(`[[rule]]\ndecision = "allow"\nrun = "host"\n${rule}`, { file: "x", layer: "user" });
    assert.ok(read.ok);
    return withGitQuestions(script, judgeScript(script, read.rules)).decision;
  };
  const push = 'prefix = ["git", "push", "origin"]';
  assert.equal(judged("git push origin main", push), "allow");
  assert.equal(judged("CI=1 git push origin main", push), "allow");
  for (const script of [
    "git push origin main --receive-pack=x",
    'git push origin main --receive-pack="touch X;"',
    "cd x && git push origin main",
    "git -C x push origin main",
    "XDG_CONFIG_HOME=$PWD/x git push origin main",
    "npm test && git push origin main",
  ])
    assert.equal(judged(script, push), "ask", script);
  const exact = 'prefix = ["git", "-C", "x", "push"]\nexact = true';
  assert.equal(judged("git -C x push", exact), "allow");
  const plain = 'prefix = ["git", "push", "origin", "main"]\nexact = true';
  assert.equal(judged("git push origin main", plain), "allow");
  for (const script of ["timeout 5 git push origin main", "bash -c 'git push origin main'", "time git -C . push"])
    assert.equal(judged(script, plain), "ask", script);
  assert.equal(judged("git -C x status && gh pr create", 'prefix = ["gh", "pr"]'), "ask");
});

test("harmless variables stay in front of a plain command", () =>
  assert.equal(gitOnHost("CI=1 git push"), `CI=1 git ${off} push`));
