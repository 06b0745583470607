import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { appendRule } from "../../src/rules/append-rule.ts";
import { judgeScript } from "../../src/rules/judge.ts";
import { proposeRule } from "../../src/rules/propose.ts";
import { readRules } from "../../src/rules/read-rules.ts";
import { joinWords } from "../../src/shell/join-words.ts";
import { simpleCommands } from "../../src/shell/simple-commands.ts";
import { asked, forbidden, ordinary } from "./judge-cases.ts";

const prefixesOf = (script: string): string[] | null =>
  proposeRule(script)
    ?.split("\n")
    .filter((line) => line.startsWith("prefix"))
    .map((line) => line.slice("prefix = ".length)) ?? null;

const proposals: readonly [script: string, prefixes: string[] | null][] = [
  ["npm run build -- --watch", ['["npm", "run", "build"]']],
  ["npm test", ['["npm", "test"]']],
  ["git push origin main", ['["git", "push", "origin", "main"]']],
  ["git -C sub commit -m 'a b'", ['["git", "commit"]']],
  ["git push -f origin main", ['["git", "push", "-f", "origin", "main"]']],
  ["cargo build --release", ['["cargo", "build"]']],
  ["docker compose up -d", ['["docker", "compose", "up"]']],
  ["mkdir -p a/b", ['["mkdir"]']],
  ["python -c 'print(1)'", ['["python", "-c", "print(1)"]']],
  ["bash x.sh", ['["bash", "x.sh"]']],
  ["sudo apt-get install x", ['["sudo", "apt-get", "install", "x"]', '["apt-get", "install"]']],
  ["rm -rf dist", ['["rm", "-rf", "dist"]']],
  ["env A=b npm test", ['["npm", "test"]']],
  ["timeout 5 bash -c 'git branch -D a'", ['["git", "branch", "-D", "a"]']],
  ["nice -n 5 nohup npm test", ['["npm", "test"]']],
  ["echo a | xargs rm -rf", null],
  ["bash -c 'rm -rf a; npm ci'", ['["rm", "-rf", "a"]', '["npm", "ci"]']],
  ["npm ci && npm test | tail -3", ['["npm", "ci"]', '["npm", "test"]']],
  ["npm ci && npm ci", ['["npm", "ci"]']],
  ["npm ci > log", ['["npm", "ci"]', '[">", "log"]']],
  ["a; b; c; d", null],
  ["ls", null],
  ["rm -rf /", null],
  ["$X", null],
  ["rm -rf $X", null],
  ["PATH=. npm test", null],
  ["if", null],
];

for (const [script, prefixes] of proposals) {
  test(`proposed for ${script}`, () => assert.deepEqual(prefixesOf(script), prefixes));
}

test("the host is proposed for what is asked about there, or when it is wanted", () => {
  assert.match(proposeRule("git push") ?? "", /run = "host"/);
  assert.doesNotMatch(proposeRule("npm ci") ?? "", /run = /);
  assert.match(proposeRule("npm ci", [], { run: "host" }) ?? "", /run = "host"/);
  assert.doesNotMatch(proposeRule("git push", [], { run: "sandbox" }) ?? "", /run = /);
});

test("outside of the sandbox, and for what is asked about, exactly the command is proposed, or nothing", () => {
  const copy = proposeRule("cp a /tmp/x", [], { run: "host" }) ?? "";
  assert.match(copy, /prefix = \["cp", "a", "\/tmp\/x"\]\ndecision = "allow"\nrun = "host"\nexact = true/);
  const read = readRules(copy, { file: "x", layer: "user" });
  assert.ok(read.ok);
  assert.equal(judgeScript("cp a /tmp/x b", read.rules).decision, "unmatched");
  assert.equal(proposeRule("cp a b | tee c", [], { run: "host" }), null);
  assert.equal(proposeRule("python3 - <<< x", [], { run: "host" }), null);
  assert.match(proposeRule("rm -rf dist") ?? "", /exact = true/);
  assert.match(proposeRule("git branch -D old") ?? "", /exact = true/);
  assert.doesNotMatch(proposeRule("npm ci") ?? "", /exact/);
});

test("with what is proposed the script is allowed, and nothing that is forbidden", () => {
  for (const [script] of [...ordinary, ...asked, ...forbidden]) {
    const text = proposeRule(script);
    if (text === null) continue;
    const read = readRules(text, { file: "rules.toml", layer: "user" });
    assert.ok(read.ok, `${script}: ${read.ok ? "" : read.message}`);
    assert.equal(judgeScript(script, read.rules).decision, "allow", script);
    for (const [other] of forbidden) assert.equal(judgeScript(other, read.rules).decision, "never", other);
  }
});

test("a proposal is a sound file whatever words are in it, and joined words stay the same words", async () => {
  const word = fc
    .string({ minLength: 1, unit: "binary" })
    .filter((text) => !text.includes("\0") && !/[\ud800-\udfff]/.test(text));
  await fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const all = ["tool", ...words];
      const script = joinWords(all);
      assert.deepEqual(
        simpleCommands(script).commands[0]?.words.map(({ value }) => value),
        all,
      );
      const text = proposeRule(script);
      if (text !== null) assert.ok(readRules(text, { file: "rules.toml", layer: "user" }).ok, text);
    }),
    { numRuns: 500 },
  );
});

test("a rule is appended below what stands there, with the file's line ends, and only once", () => {
  const rule = '[[rule]]\nprefix = ["a"]\ndecision = "allow"\n';
  const mine = "# my rules\n[[rule]] # first\nprefix = ['b']\ndecision = 'never'";
  assert.equal(appendRule("", rule), rule);
  assert.equal(appendRule(mine, rule), `${mine}\n\n${rule}`);
  assert.equal(appendRule(`${mine}\n`, rule), `${mine}\n\n${rule}`);
  assert.equal(appendRule(appendRule(mine, rule), rule), `${mine}\n\n${rule}`);
  const windows = appendRule("# a\r\n", rule);
  assert.equal(windows, `# a\r\n\r\n${rule.replaceAll("\n", "\r\n")}`);
  assert.ok(readRules(windows, { file: "x", layer: "user" }).ok);
});
