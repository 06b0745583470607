import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { judgeScript } from "../../src/rules/judge.ts";
import { loadRules } from "../../src/rules/load-rules.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import type { Decision, Layer, Rule } from "../../src/rules/types.ts";

const rulesOf = (text: string, layer: Layer = "user"): readonly Rule[] => {
  const read = readRules(text, { file: `${layer}.toml`, layer });
  assert.ok(read.ok, read.ok ? "" : read.message);
  return read.rules;
};

/** One rule in short: `allow ["git", "push"]`. */
const rule = (decision: string, prefix: string, layer: Layer = "user", more = ""): readonly Rule[] =>
  rulesOf(`[[rule]]\nprefix = ${prefix}\ndecision = "${decision}"\n${more}`, layer);

const wrong: readonly [text: string, message: RegExp][] = [
  ["x = [", /^rules\.toml:1: invalid TOML: /],
  ["\n\nrule = 1", /^rules\.toml:1: rule must be written as \[\[rule\]\]/],
  ["\nrules = []", /^rules\.toml:2: unknown key "rules"/],
  ['[[rule]]\ndecision = "ask"', /^rules\.toml:1: prefix must be a list of words/],
  ['[[rule]]\nprefix = []\ndecision = "ask"', /^rules\.toml:2: prefix must be/],
  ['[[rule]]\nprefix = ["a", []]\ndecision = "ask"', /^rules\.toml:2: prefix must be/],
  ['[[rule]]\nprefix = ["a", ["b", ["c"]]]\ndecision = "ask"', /^rules\.toml:2: prefix must be/],
  ['[[rule]]\nprefix = ["a"]\n\ndecision = "deny"', /^rules\.toml:4: decision must be "allow", "ask" or "never"$/],
  ['[[rule]]\nprefix = ["a"]\ndecision = "ask"\nrun = "host"', /^rules\.toml:4: run = "host" goes only with decision/],
  [
    '[[rule]]\nprefix = ["a"]\ndecision = "ask"\npattern = "x"',
    /^rules\.toml:4: unknown key "pattern"; known are prefix/,
  ],
  [
    '[[rule]]\nprefix = ["a"]\ndecision = "ask"\n# second\n[[rule]]\nprefix = ["git", "push"]\ndecision = "ask"\nmatch = ["git push", "git pull"]',
    /^rules\.toml:8: match: the rule does not match it: "git pull"; change the prefix or the example$/,
  ],
  ['[[rule]]\nprefix = ["a"]\ndecision = "ask"\nexact = true', /^rules\.toml:4: exact = true goes only with/],
  [
    '[[rule]]\nprefix = ["terraform apply"]\ndecision = "never"',
    /^rules\.toml:2: prefix: .* write each word by itself: \["terraform","apply"\]$/,
  ],
  ['[[rule]]\nprefix = ["*"]\ndecision = "never"', /^rules\.toml:2: prefix: "\*" is a pattern/],
  ['[[rule]]\nprefix = [["a", "~/bin/x"]]\ndecision = "never"', /^rules\.toml:2: prefix: .* whole path instead of ~$/],
  [
    '[[rule]]\nprefix = ["npm"]\ndecision = "allow"\nnot_match = ["sudo npm ci"]',
    /^rules\.toml:4: not_match: the rule matches it, but must not: "sudo npm ci"/,
  ],
];

for (const [text, message] of wrong) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const read = readRules(text, { file: "rules.toml", layer: "user" });
    assert.ok(!read.ok);
    assert.match(read.message, message);
    assert.ok(!read.message.includes("\n"));
  });
}

test("an empty file holds no rules; examples that fit are accepted; a rule knows its line", () => {
  assert.deepEqual(rulesOf("# nothing yet\n"), []);
  const [first] = rulesOf(
    '# mine\n\n[[rule]]\nprefix = ["npm", ["test", "ci"]]\ndecision = "allow"\nreason = "safe\\n here"\nmatch = ["npm ci", "cd x && npm test"]\nnot_match = ["npm run x"]\n',
  );
  assert.equal(first?.source, "user.toml:3");
  assert.equal(first?.reason, "safe here");
});

const matching: readonly [decision: string, prefix: string, script: string, expected: Decision][] = [
  ["allow", '["npm", "test"]', "npm test", "allow"],
  ["allow", '["npm", "test"]', "npm test -- --watch", "allow"],
  ["allow", '["npm", "test"]', "npm run test", "unmatched"],
  ["allow", '["npm", "test"]', "timeout 5 npm test", "allow"],
  ["allow", '["npm", "test"]', "npm test > log", "unmatched"],
  ["allow", '["npm", "test"]', "npm test | tail -5", "allow"],
  ["allow", '["npm", "test"]', "npm test && ./deploy", "unmatched"],
  ["allow", '["npm", "test"]', "NODE_OPTIONS=--require=./x npm test", "unmatched"],
  ["allow", '["npm", "test"]', "export PATH=.:$PATH; npm test", "unmatched"],
  ["allow", '["npm", "test"]', "CI=1 npm test", "allow"],
  ["allow", '["npm", "test"]', "for PATH in x; do npm test; done", "unmatched"],
  ["allow", '["npm", "test"]', "read PATH; npm test", "unmatched"],
  ["allow", '["npm", "test"]', "export 'PATH=.'; npm test", "unmatched"],
  ["allow", '["npm", "test"]', "export $X; npm test", "unmatched"],
  ["allow", '["npm", "test"]', ": ${PATH:=.}; npm test", "unmatched"],
  ["allow", '["npm", "test"]', "printf -v PATH .; npm test", "unmatched"],
  ["allow", '["npm", "test"]', "env PATH=. npm test", "unmatched"],
  ["allow", '["npm", "test"]', "time -o out npm test", "unmatched"],
  ["allow", '["npm", "test"]', "strace -o out npm test", "unmatched"],
  ["allow", '["npm", "test"]', "bash -i --rcfile x -c 'npm test'", "unmatched"],
  ["allow", '["npm", "test"]', "npm() { ./x; }; npm test", "unmatched"],
  ["allow", '["npm", "test"]', "for f in a b; do npm test $f; done", "allow"],
  ["allow", '["npm", "test"]', "sudo npm test", "unmatched"],
  ["allow", '["npm", "test"]', "npm $X", "unmatched"],
  ["allow", '["npm", "test"]', "./npm test", "unmatched"],
  ["allow", '["npm", "test"]', "/usr/bin/npm test", "allow"],
  ["allow", '["npm", ["test", "ci"]]', "npm ci", "allow"],
  ["allow", '[["make", "just"], "all"]', "just all", "allow"],
  ["allow", '["./run.sh"]', "./run.sh x", "allow"],
  ["allow", '["./run.sh"]', "run.sh x", "unmatched"],
  ["allow", '["/opt/tool/bin/x"]', "/opt/tool/bin/x y", "allow"],
  ["allow", '["bash"]', 'bash -c "$X"', "ask"],
  ["allow", '["git", "commit"]', "git -C sub commit -m x", "allow"],
  ["allow", '["git", "commit"]', "git -c user.name=x commit -m x", "unmatched"],
  ["allow", '[">", "out.log"]', "ls > out.log", "allow"],
  ["ask", '["npm", "publish"]', "npm publish", "ask"],
  ["ask", '["npm", "publish"]', "npm $X", "ask"],
  ["ask", '["npm", "publish"]', 'npm "$X"', "ask"],
  ["ask", '["npm", "publish"]', "npm test", "unmatched"],
  ["ask", '["ls"]', "ls -la", "ask"],
  ["ask", '["git", "status"]', "git -C x status", "ask"],
  ["never", '["git", "push"]', "git -c a=b push", "never"],
  ["never", '["curl"]', "./curl x", "never"],
  ["never", '["curl"]', "env curl x", "never"],
  ["never", '["sudo"]', "sudo ls", "never"],
  ["never", '["timeout"]', "timeout 5 ls", "never"],
  ["never", '["/usr/bin/curl"]', "curl x", "never"],
  ["never", '["/usr/bin/curl"]', "./curl x", "unmatched"],
];

for (const [decision, prefix, script, expected] of matching) {
  test(`${decision} ${prefix}: ${script} is ${expected}`, () => {
    const verdict = judgeScript(script, rule(decision, prefix));
    assert.equal(verdict.decision, expected, JSON.stringify(verdict));
  });
}

type Layered = readonly [name: string, script: string, rules: readonly (readonly Rule[])[], expected: Decision];
const layered: readonly Layered[] = [
  ["user allows what is asked about", "git push", [rule("allow", '["git", "push"]')], "allow"],
  ["too wide a permission", "git push", [rule("allow", '["git"]')], "ask"],
  [
    "a wide permission does not reach a more precise question",
    "git push -f",
    [rule("allow", '["git", "push"]')],
    "ask",
  ],
  ["an equally precise one does", "git push -f", [rule("allow", '["git", "push", "-f"]')], "allow"],
  ["a wide permission to delete", "rm -rf dist", [rule("allow", '["rm"]')], "ask"],
  ["a precise one", "rm -rf dist", [rule("allow", '["rm", "-rf", "dist"]')], "allow"],
  [
    "never stays",
    "rm -rf /",
    [rule("allow", '["rm", "-rf", "/"]'), rule("allow", '["rm", "-rf", "/"]', "thread")],
    "never",
  ],
  [
    "never of the project stays",
    "npm ci",
    [rule("never", '["npm"]', "project"), rule("allow", '["npm", "ci"]')],
    "never",
  ],
  ["user over project", "npm ci", [rule("ask", '["npm"]', "project"), rule("allow", '["npm", "ci"]')], "allow"],
  ["a later question", "npm ci", [rule("allow", '["npm", "ci"]', "project"), rule("ask", '["npm"]')], "ask"],
  ["thread over user", "npm ci", [rule("ask", '["npm", "ci"]'), rule("allow", '["npm", "ci"]', "thread")], "allow"],
  [
    "the order in which rules are given does not matter",
    "npm ci",
    [rule("allow", '["npm", "ci"]', "thread"), rule("ask", '["npm", "ci"]')],
    "allow",
  ],
  ["the strictest of one layer", "npm ci", [rule("allow", '["npm", "ci"]'), rule("ask", '["npm"]')], "ask"],
  [
    "questions of earlier layers add up",
    "git push -f",
    [rule("ask", '["git"]'), rule("allow", '["git", "push"]', "thread")],
    "ask",
  ],
  ...(
    [
      [["git", "push", "origin"], "git push origin --force"],
      [["git", "push", "origin"], "git push origin +main"],
      [["git", "push", "origin"], "git push origin :release"],
      [["git", "push", "origin"], "git push origin --receive-pack=x"],
      [["git", "reset", "HEAD"], "git reset HEAD --hard"],
      [["psql", "-h", "db"], "psql -h db -c 'drop database x'"],
      [["kubectl", "--context", "dev"], "kubectl --context dev delete pod x"],
      [["find", ".", "-type"], "find . -type f -delete"],
      [["rm", "-rf", "dist"], "rm -rf dist src"],
      [["git", "branch", "-D", "old"], "git branch -D old more"],
    ] as const
  ).map(
    ([prefix, script]): Layered => [
      `words before what raises a question: ${script}`,
      script,
      [rule("allow", JSON.stringify(prefix))],
      "ask",
    ],
  ),
  [
    "an exact rule",
    "git branch -D old",
    [rule("allow", '["git", "branch", "-D", "old"]', "user", "exact = true")],
    "allow",
  ],
  ["an exact rule and more words", "npm ci x", [rule("allow", '["npm", "ci"]', "user", "exact = true")], "unmatched"],
  ["a computed part keeps its question", "git push; $X", [rule("allow", '["git", "push"]')], "ask"],
];

for (const [name, script, rules, expected] of layered) {
  test(`layers: ${name}`, () => assert.equal(judgeScript(script, rules.flat()).decision, expected));
}

test("outside of the sandbox a rule does not count while a variable is set that is not known as harmless", () => {
  const rules = rule("allow", '["git", "push", "origin"]', "user", 'run = "host"');
  for (const script of [
    "XDG_CONFIG_HOME=$PWD/x git push origin main",
    "env XDG_CONFIG_HOME=x git push origin main",
    "export XDG_CONFIG_HOME=x; git push origin main",
    "XDG_CONFIG_HOME=x; git push origin main",
    "PATH=. git push origin main",
  ])
    assert.equal(judgeScript(script, rules).decision, "ask", script);
  assert.equal(judgeScript("CI=1 LC_ALL=C git push origin main", rules).run, "host");
});

test("an exact rule for the host counts only for the command by itself", () => {
  const rules = rule("allow", '["python3", "-"]', "user", 'run = "host"\nexact = true');
  assert.equal(judgeScript("python3 -", rules).run, "host");
  for (const script of [
    "echo x | python3 -",
    "python3 - <<< x",
    "python3 - < x",
    "python3 -; python3 -",
    "python3 - x",
  ])
    assert.equal(judgeScript(script, rules).run, "sandbox", script);
});

test("a script runs on the host only when all of it that writes is allowed there", () => {
  const rules = [...rule("allow", '["git", "push"]', "user", 'run = "host"'), ...rule("allow", '["npm", "ci"]')];
  assert.equal(judgeScript("git push", rules).run, "host");
  assert.equal(judgeScript("git status && git push | tail -1", rules).run, "host");
  assert.equal(judgeScript("npm ci && git push", rules).run, "sandbox");
  assert.equal(judgeScript("git push && ./x", rules).run, "sandbox");
  assert.equal(judgeScript("git push > out", rules).run, "sandbox");
});

test("loading: absent files are fine, an untrusted project may only ask and forbid, a wrong user file is an error", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-rules-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const user = join(folder, "rules.toml");
  assert.deepEqual(await loadRules({ user, project: null }), { rules: [], tools: [], notes: [], errors: [] });
  const text = '[[rule]]\nprefix = ["a"]\ndecision = "allow"\n[[rule]]\nprefix = ["b"]\ndecision = "never"\n';
  const untrusted = await loadRules({ user, project: { file: "p.toml", text, trusted: false } });
  assert.deepEqual(
    untrusted.rules.map(({ decision }) => decision),
    ["never"],
  );
  assert.match(untrusted.notes[0] ?? "", /^p\.toml: its allow rule does not count until the project is trusted/);
  const trusted = await loadRules({ user, project: { file: "p.toml", text, trusted: true } });
  assert.deepEqual([trusted.rules.length, trusted.notes.length], [2, 0]);
  writeFileSync(user, "[[rule]]\n");
  const broken = await loadRules({ user, project: { file: "p.toml", text: "x", trusted: false } });
  assert.match(broken.errors[0] ?? "", /rules\.toml:1: prefix must be/);
  assert.match(broken.notes[0] ?? "", /^p\.toml:1: invalid TOML.*; none of its rules count$/);
  const half = await loadRules({ user, project: { file: "p.toml", text: `${text}[[rule]]\n`, trusted: false } });
  assert.deepEqual(
    half.rules.map(({ decision }) => decision),
    ["never"],
  );
  assert.match(half.notes[0] ?? "", /^p\.toml:7: .*; only its sound ask and never rules count$/);
  rmSync(user);
  symlinkSync("gone", user);
  const dangling = await loadRules({ user, project: null });
  assert.match(dangling.errors[0] ?? "", /rules\.toml: it is a link to a file that is not there$/);
});
