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
  assert.match(allowed.stdout, /^allow: runs without a question, outside of the sandbox\n/);
  assert.ok(allowed.stdout.includes(`(${join(scene.home, "rules.toml")}:2)`), allowed.stdout);
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
