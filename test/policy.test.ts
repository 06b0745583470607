import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeRepository, runFettle, scratch } from "./support/fettle.ts";

/* fettle policy check, as a person uses it: exit code, which rule decided, and where that rule stands. */

type Scene = { readonly repository: string; readonly home: string };

const openScene = (files: { user?: string; project?: string } = {}): Scene => {
  const { path, home } = scratch("policy");
  const project: Record<string, string> = files.project === undefined ? {} : { ".fettle/rules.toml": files.project };
  const repository = makeRepository(join(path, "work"), { "a.txt": "a\n", ...project });
  mkdirSync(join(repository, "sub"));
  mkdirSync(home, { recursive: true });
  if (files.user !== undefined) writeFileSync(join(home, "rules.toml"), files.user);
  return { repository, home };
};

const check = ({ repository, home }: Scene, ...args: string[]) =>
  runFettle(["policy", "check", ...args], { cwd: repository, home });

const allowsPush = '# mine\n[[rule]]\nprefix = ["git", "push"]\ndecision = "allow"\nrun = "host"\n';

test("the exit code says what would happen: 0 may run, 3 is asked about, 4 never", async () => {
  const scene = openScene();
  const rows: [args: string[], code: number, first: RegExp][] = [
    [["--", "git status | head"], 0, /^allow: runs without a question, in the sandbox\n/],
    [["--", "npm", "test"], 0, /^unmatched: no rule decides it: the autonomy level does\n/],
    [["--", "git push -f"], 3, /^ask: asked about at every autonomy level\n/],
    [["--", 'bash -c "$X"'], 3, /^ {2}ask +bash -c "\$X"\n +what this shell runs is computed\n$/m],
    [["--", "echo 'open"], 3, /the script\n.*syntax error/],
    [["--", "sudo", "rm", "-rf", "/"], 4, /never +rm -rf \/\n.*\(built-in: delete everything\)/],
  ];
  for (const [args, code, first] of rows) {
    const run = await check(scene, ...args);
    assert.equal(run.code, code, `${args}: ${run.stdout}${run.stderr}`);
    assert.match(run.stdout, first);
  }
});

const person = `[[rule]]
prefix = ["npm", "publish"]
decision = "allow"
run = "host"
[[rule]]
prefix = ["make"]
decision = "allow"
reason = "the Makefile is ours"
[[rule]]
prefix = ["helm"]
decision = "ask"
`;

type Told = { decision: string; why: string; rule: string | null; text?: string };

type Row = { script: string; code: number; first: string; lines: RegExp; run?: "host"; unclear?: RegExp; told: Told[] };
const [sandbox, level] = ["runs without a question, in the sandbox", "no rule decides it: the autonomy level does"];
const asks = "asked about at every autonomy level";
const npm: Told = { decision: "allow", why: "a rule says allow, outside of the sandbox", rule: ":1" };
const make: Told = { decision: "allow", why: "the Makefile is ours", rule: ":5" };
/** Rules of the file above are named by their line alone. */
const decisions: readonly Row[] = [
  {
    script: "make && ls",
    code: 0,
    first: `allow: ${sandbox}`,
    lines:
      /^ {2}allow +make\n +the Makefile is ours \(.*rules\.toml:5\)\n {2}allow +ls\n +it only reads \(built-in: only reads\)\n$/m,
    told: [make, { decision: "allow", why: "it only reads", rule: "built-in: only reads" }],
  },
  {
    script: "npm publish",
    code: 0,
    first:
      "allow: runs without a question, outside of the sandbox: with your rights, your environment and your network",
    lines: /^ {2}allow +npm publish\n +a rule says allow, outside of the sandbox \(.*rules\.toml:1\)\n$/m,
    run: "host",
    told: [npm],
  },
  {
    script: "make && npm publish",
    code: 0,
    first: `allow: ${sandbox}, because not all of it may leave`,
    lines: /^ {2}allow +npm publish$/m,
    told: [make, npm],
  },
  {
    script: "touch x; npm publish",
    code: 0,
    first: `unmatched: ${level}; it stays in the sandbox, because not all of it may leave`,
    lines: /^ {2}unmatched touch x\n +no rule speaks of it\n/m,
    told: [{ decision: "unmatched", why: "no rule speaks of it", rule: null }, npm],
  },
  {
    script: "FOO=1 npm publish",
    code: 0,
    first: `unmatched: ${level}`,
    lines: /FOO is set, so no rule that allows it outside of the sandbox counts\n$/m,
    told: [
      {
        decision: "unmatched",
        why: "FOO is set, so no rule that allows it outside of the sandbox counts",
        rule: null,
      },
    ],
  },
  {
    script: "helm ls",
    code: 3,
    first: `ask: ${asks}`,
    lines: /^ {2}ask +helm ls\n +a rule says ask \(.*rules\.toml:9\)\n$/m,
    told: [{ decision: "ask", why: "a rule says ask", rule: ":9" }],
  },
  {
    script: 'eval "$X"; ls',
    code: 3,
    first: `ask: ${asks}`,
    lines: /^ {2}ask +eval "\$X"\n +what eval runs is computed\n$/m,
    unclear: /^what eval runs is computed$/,
    told: [
      { decision: "allow", why: "it only reads", rule: "built-in: only reads" },
      { decision: "ask", why: "what eval runs is computed", rule: null },
    ],
  },
  {
    script: "if true; then",
    code: 3,
    first: `ask: ${asks}`,
    lines: /^ {2}ask +the script\n +the script has a syntax error: /m,
    unclear: /^the script has a syntax error: /,
    told: [],
  },
  {
    script: "ls; sudo rm -rf /home/me",
    code: 4,
    first: "never: refused at every autonomy level",
    lines: /^ {2}never +rm -rf \/home\/me\n +deletes .* \(built-in: delete everything\)\n$/m,
    told: [],
  },
];

test("each decision is told in words and as JSON: what, where, why, and by which rule", async () => {
  const scene = openScene({ user: person });
  const file = join(scene.home, "rules.toml");
  for (const { script, code, first, lines, run = "sandbox", unclear, told } of decisions) {
    const [text, json] = await Promise.all([check(scene, "--", script), check(scene, "--json", "--", script)]);
    assert.deepEqual([text.code, json.code, text.stderr, json.stderr], [code, code, "", ""], script);
    assert.equal(text.stdout.split("\n")[0], first);
    assert.match(text.stdout, lines);
    const verdict = JSON.parse(json.stdout);
    assert.deepEqual(Object.keys(verdict).sort(), "commands decision notes read_only rule run unclear why".split(" "));
    assert.deepEqual([verdict.decision, verdict.run, verdict.notes], [first.split(":")[0], run, []], script);
    if (unclear === undefined) assert.equal(verdict.unclear, null, script);
    else assert.match(verdict.unclear, unclear);
    const strictest = verdict.commands.find(({ decision }: Told) => decision === verdict.decision);
    assert.deepEqual([verdict.why, verdict.rule], [strictest.why, strictest.rule], script);
    if (told.length > 0)
      assert.deepEqual(
        verdict.commands.map(({ text: _, ...rest }: Told) => rest),
        told.map((one) => ({ ...one, rule: one.rule?.replace(/^(?=:)/, file) ?? null })),
        script,
      );
  }
});

test("a wrong rules file is one line with its place and its remedy, also for programs", async () => {
  const rows: [text: string, says: RegExp][] = [
    ["[[rule]\n", /rules\.toml:1: invalid TOML: /],
    ['[[rule]]\nprefix = ["x"]\n', /rules\.toml:1: decision must be "allow", "ask" or "never"; none/],
    [
      '[[rule]]\nprefix = ["x"]\ndecision = "deny"\n',
      /rules\.toml:3: decision must be "allow", "ask" or "never"; none/,
    ],
    ['[[rule]]\nprefx = ["x"]\ndecision = "ask"\n', /rules\.toml:\d+: (?:prefix must be|unknown key "prefx")/],
    [
      '[[rule]]\nprefix = ["x"]\ndecision = "ask"\nrun = "host"\n',
      /:4: run = "host" goes only with decision = "allow"; none/,
    ],
    [
      '[[rule]]\nprefix = ["x"]\ndecision = "never"\nmatch = ["y"]\n',
      /:4: match: the rule does not match it: "y"; change the prefix or the example; none/,
    ],
    [
      "rules = 1\n",
      /rules\.toml:1: unknown key "rules"; a rules file holds \[\[rule\]\] and \[\[tool\]\] tables only; none/,
    ],
  ];
  for (const [index, [user, says]] of rows.entries()) {
    const scene = openScene({ user });
    for (const format of index === 0 ? [[], ["--json"]] : [[]]) {
      const run = await check(scene, ...format, "--", "ls");
      assert.deepEqual([run.code, run.stdout], [2, ""], user);
      assert.match(run.stderr, says);
      assert.match(run.stderr, /; none of its rules count\n$/);
      assert.equal(run.stderr.trimEnd().split("\n").length, 1, run.stderr);
    }
  }
});

test("a wrong file of a project that nobody trusts is a note, and what it forbids soundly counts", async () => {
  const project = '[[rule]]\nprefix = ["npm"]\ndecision = "never"\n[[rule]]\nprefix = []\ndecision = "ask"\n';
  const scene = openScene({ project });
  const text = await check(scene, "--", "npm ci");
  assert.equal(text.code, 4, text.stdout);
  assert.match(text.stderr, /^note: .*rules\.toml:5: prefix must be .*; only its sound ask and never rules count\n$/);
  const json = await check(scene, "--json", "--", "npm ci");
  assert.deepEqual([json.code, json.stderr], [4, ""]);
  assert.match(JSON.parse(json.stdout).notes[0], /rules\.toml:5: prefix must be/);
});

test("several words are one command, and a word with blanks stays one", async () => {
  const scene = openScene();
  const one = await check(scene, "--json", "--", "echo", "a; rm -rf /");
  assert.equal(one.code, 0);
  assert.deepEqual(
    JSON.parse(one.stdout).commands.map(({ text }: { text: string }) => text),
    ["echo 'a; rm -rf /'"],
  );
  assert.equal((await check(scene, "--", "echo a; rm -rf /")).code, 4);
});

test("the user's rules hold, and the line that decided is named", async () => {
  const scene = openScene({ user: allowsPush });
  const allowed = await check(scene, "--", "git", "push", "origin");
  assert.equal(allowed.code, 0);
  assert.match(allowed.stdout, /^allow: runs without a question, outside of the sandbox: with your rights, /);
  assert.ok(allowed.stdout.includes(`(${join(scene.home, "rules.toml")}:2)`), allowed.stdout);
  const folder = await check(scene, "--", "git push ./other");
  assert.equal(folder.code, 3);
  assert.match(folder.stdout, /; it reaches for another folder or repository, .* only an exact rule lets that out/);
  const json = JSON.parse((await check(scene, "--json", "--", "git push")).stdout);
  assert.deepEqual([json.decision, json.run, json.rule], ["allow", "host", `${join(scene.home, "rules.toml")}:2`]);
});

test("a project's rules forbid at once and allow only once they are trusted; -C chooses the project", async () => {
  const project = `${allowsPush}[[rule]]\nprefix = ["npm"]\ndecision = "never"\nreason = "we use pnpm"\n`;
  const scene = openScene({ project });
  const push = await check(scene, "--", "git push");
  assert.equal(push.code, 3);
  assert.match(push.stderr, /its allow rule does not count until the project is trusted; see: fettle trust/);
  const elsewhere = { ...scene, repository: openScene().repository };
  const npm = await check(elsewhere, "-C", join(scene.repository, "sub"), "--", "npm ci");
  assert.equal(npm.code, 4);
  assert.match(npm.stdout, /we use pnpm/);
  assert.equal((await check(elsewhere, "--", "npm ci")).code, 0);
  const trusted = await runFettle(["trust", "--yes"], { cwd: scene.repository, home: scene.home });
  assert.equal(trusted.code, 0, trusted.stderr);
  assert.equal((await check(scene, "--", "git push")).code, 0);
});

test("wrong use and wrong files are one line and exit code 2", async () => {
  const rows: [scene: Scene, args: string[], says: RegExp][] = [
    [openScene(), [], /a command is needed: fettle policy check -- COMMAND…$/m],
    [openScene(), ["-C", "gone", "--", "ls"], /-C: there is no folder gone$/m],
    [openScene(), ["--jsom", "--", "ls"], /'--jsom'.*; see: fettle policy --help$/m],
    [openScene({ user: "[[rule]]\n" }), ["--", "ls"], /rules\.toml:1: prefix must be a list of words/],
  ];
  for (const [scene, args, says] of rows) {
    const run = await check(scene, ...args);
    assert.equal(run.code, 2, run.stdout);
    assert.match(run.stderr, says);
    assert.equal(run.stderr.trim().split("\n").length, 1);
  }
  const scene = openScene();
  assert.equal((await runFettle(["policy", "chek", "ls"], { cwd: scene.repository, home: scene.home })).code, 2);
  const help = await runFettle(["policy", "--help"], { cwd: scene.repository, home: scene.home });
  assert.match(help.stdout, /Usage: fettle policy check/);
});
