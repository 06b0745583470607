import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { judgeScript } from "../../src/rules/judge.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import type { Rule } from "../../src/rules/types.ts";
import { strangeVariables } from "./wrapper-cases.ts";

/* What a rule with `run = "host"` lets out of the sandbox, and what it does not although its words fit. */

const rulesIn = (text: string): readonly Rule[] => {
  const read = readRules(text, { file: "rules.toml", layer: "user" });
  assert.ok(read.ok, JSON.stringify(read));
  return read.rules;
};

const wide = rulesIn(`
[[rule]]
prefix = ["git", ["push", "fetch", "pull", "clone", "ls-remote", "commit", "log", "status", "remote", "archive", "lfs"]]
decision = "allow"
run = "host"
[[rule]]
prefix = [["npm", "npx", "env"]]
decision = "allow"
run = "host"
`);

const out = (script: string, rules: readonly Rule[] = wide): boolean => {
  const { decision, run } = judgeScript(script, rules);
  return decision === "allow" && run === "host";
};

for (const script of [
  "git push",
  "git push origin main",
  "git push -u origin feature/x",
  "git push -o ci.skip origin main",
  "git push upstream HEAD:refs/heads/x",
  "git push git@host.example:a/b.git main",
  "git push https://host.example/a/b main",
  "git push ssh://host.example/a/b main",
  "git fetch --all --prune",
  "git pull --rebase origin main",
  "git clone https://host.example/a/b",
  "git clone git@host.example:a/b.git sub/b",
  "git remote add fork https://host.example/a/b",
  "git archive HEAD",
  "git pull -s ours origin main",
  "git clone -b main --depth 1 https://host.example/a/b",
  "git commit -m x",
  "git -C sub commit -m x",
  "cd sub && npm publish",
  "CI=1 npm publish",
  "npx changeset publish",
]) {
  test(`goes out: ${script}`, () => assert.ok(out(script), JSON.stringify(judgeScript(script, wide), null, 1)));
}

for (const script of [
  "git push ./x",
  "git push x",
  "git push sub/x main",
  "git push ../x",
  "git push ~/x",
  "git push .",
  "git push /srv/x",
  "git push file:///srv/x",
  "git push FILE:///srv/x",
  "git push ext::x main",
  "git push 'ext::sh -c x'",
  "git push https::./x",
  'git push "$REMOTE"',
  "git push $REMOTE",
  "git push --repo=./x",
  "git push --rep ./x",
  "git push --rep=./x",
  "git push --branch ./x",
  "git push -b ./x",
  "git push -uo x ./y",
  "git ls-remote -b ./x",
  "git archive --remo=./x HEAD",
  "git push -u -- ./x",
  "git push --receive-pack=x origin",
  "git push --receive-pack x origin",
  "git push --exec=x origin",
  "git -c core.sshCommand=x push",
  "git -c a.b=c push",
  "git --config-env=core.sshCommand=X push",
  "git --exec-path=x push",
  "git -C /srv/x push",
  "git -C .. push",
  "git --git-dir=x push",
  "git -C /srv/x commit -m x",
  "git -C a/../../x commit -m x",
  'git -C "$X" commit -m x',
  "git --git-dir=x commit -m x",
  "git -c core.hooksPath=x commit -m x",
  "git fetch ./x",
  "git fetch evil main",
  "git fetch --depth 1 ./x",
  "git fetch --upload-pack=x origin",
  "git pull ./x main",
  "git ls-remote ./x",
  "git clone ./x",
  "git clone x",
  "git clone /srv/x",
  "git clone --template=x https://host.example/a/b",
  "git clone --config a=b https://host.example/a/b",
  "git clone https://host.example/a/b /etc/x",
  "git clone https://host.example/a/b ../x",
  "git clone --separate-git-dir=/etc/x https://host.example/a/b",
  "git archive --remote=./x HEAD",
  "git remote add -f fork ./x",
  "git remote add fork x",
  "git remote set-url origin ./x",
  "git remote show evil",
  "git lfs push evil main",
  "cd /srv/x && npm publish",
  "cd .. && npm publish",
  "cd && npm publish",
  "cd - && npm publish",
  'cd "$X" && npm publish',
  "pushd /srv/x && npm publish",
  "(cd ~; npm publish)",
  "env -C /srv/x npm publish",
  "npx git push ./x",
  "npx rm -rf x",
  "npx --unheard-of x",
]) {
  test(`does not go out: ${script}`, () => {
    const verdict = judgeScript(script, wide);
    assert.ok(!out(script), JSON.stringify(verdict, null, 1));
    // What git's network needs stays a question; what works in the sandbox too is left to it.
    assert.ok(verdict.decision !== "allow", JSON.stringify(verdict, null, 1));
  });
}

test("a variable of which nobody knows what it does keeps a command from going out, however it is set", () => {
  for (const name of [...strangeVariables, "FOO"]) {
    for (const script of [
      `${name}=x npm publish`,
      `${name}=x git push`,
      `env ${name}=x npm publish`,
      `export ${name}=x; npm publish`,
      `export ${name}=x && git push`,
      `declare -x ${name}=x; git push`,
      `command export ${name}=x; git push`,
      `${name}=x; git push`,
      `printf -v ${name} x; git push`,
      `printf -v${name} x; git push`,
      `read ${name} < x; git push`,
      `for ${name} in x; do git push; done`,
      `: \${${name}:=x}; git push`,
      `((${name}=0)); git push`,
      `let ${name}=0; git push`,
      `: $((${name} += 1)); git push`,
      `exec {${name}}< x; git push`,
      `coproc ${name} { ls; }; git push`,
      `declare -n r=${name}; r=x; git push`,
      `${name}=x bash -c 'git push'`,
      `${name}=x eval 'npm publish'`,
      `env ${name}=x sh -c 'npm publish'`,
    ])
      assert.ok(!out(script), script);
  }
  for (const script of ["env 'BASH_FUNC_git%%=() { x; }' bash -c 'git push'", 'env "$X=y" npm publish'])
    assert.ok(!out(script), script);
});

test("with such a variable nothing counts as reading, and no rule allows it in the sandbox either", () => {
  const rules = rulesIn('[[rule]]\nprefix = [["git", "make"]]\ndecision = "allow"\n');
  for (const name of strangeVariables) {
    for (const script of [
      `${name}=x git status`,
      `env ${name}=x git log`,
      `export ${name}=x; git diff`,
      `${name}=x; git log`,
      `${name}=x bash -c 'git log'`,
    ]) {
      assert.notEqual(judgeScript(script, []).decision, "allow", script);
      assert.equal(judgeScript(script, []).readOnly, false, script);
      assert.notEqual(judgeScript(script, rules).decision, "allow", script);
    }
    assert.notEqual(judgeScript(`${name}=x make`, rules).decision, "allow", name);
    assert.equal(judgeScript(`${name}=x git push --force`, []).decision, "ask", name);
    assert.equal(judgeScript(`export ${name}=x; rm -rf /`, []).decision, "never", name);
  }
});

test("a rule that names the place, or is exact, lets that command out", () => {
  const named = rulesIn('[[rule]]\nprefix = ["git", "push", "/srv/git/app.git"]\ndecision = "allow"\nrun = "host"\n');
  assert.ok(out("git push /srv/git/app.git main", named));
  assert.ok(!out("git push /srv/git/other.git main", named));
  const exact = rulesIn(
    '[[rule]]\nprefix = ["git", "-C", "/srv/x", "push", "./y"]\nexact = true\ndecision = "allow"\nrun = "host"\n',
  );
  assert.ok(out("git -C /srv/x push ./y", exact));
  assert.ok(!out("git -C /srv/x push ./y main", exact));
  assert.ok(!out("GIT_SSH=x git -C /srv/x push ./y", exact));
});

test("the question says why the rule did not count", () => {
  assert.match(judgeScript("git push ./x", wide).why, /credentials.*; it reaches for another folder or repository/);
  assert.match(judgeScript("GIT_SSH=x git push", wide).why, /GIT_SSH is set, so no rule that allows it counts/);
  assert.match(judgeScript("cd / && npm publish", wide).why, /only an exact rule lets that out of the sandbox/);
});

test("why a folder is no remote: pushing there starts its hooks, whatever is switched off here", () => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-push-"));
  const mark = join(folder, "mark");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.example", ...args], { cwd: folder, stdio: "pipe" });
  try {
    git("init", "-q", ".");
    git("commit", "-q", "--allow-empty", "-m", "x");
    git("init", "-q", "--bare", "other");
    writeFileSync(join(folder, "other/hooks/pre-receive"), `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
    for (const place of ["other", "./other", `file://${folder}/other`]) {
      rmSync(mark, { force: true });
      spawnSync("git", ["-c", "core.hooksPath=/dev/null", "push", place, `HEAD:refs/heads/${place.length}`], {
        cwd: folder,
      });
      assert.ok(existsSync(mark), place);
      assert.ok(!out(`git push ${place} main`), place);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
