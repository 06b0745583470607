import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { appeared, openScene, wordsOf } from "./support/scripted-run.ts";

const manifest = (scripts: Record<string, string>): string =>
  JSON.stringify({ name: "thing", description: "Does things", scripts });

describe("fettle init", { concurrency: 2 }, () => {
  test("writes down the commands that it saw exit 0, tells the others, and the model reads the file", async (t) => {
    const scene = await openScene(t, {
      files: {
        "package.json": manifest({
          test: "node -e 0",
          lint: "echo something is wrong; exit 3",
          build: "echo built > made.txt; echo x > ../escaped.txt; exit 4",
          check: 'test -z "$OPENAI_API_KEY"',
          format: "touch formatted",
        }),
        "src/a.ts": "export const a = 1;\n",
      },
      steps: [{ text: "Read." }],
    });
    const cwd = join(scene.repository, "src");
    const run = await scene.fettle(["init"], { cwd });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /\n {2}npm test … \(package\.json: node -e 0\)\n✓ npm test — exit 0 · \d+\.\d s\n/);
    assert.match(run.stderr, /✗ npm run lint — exit 3 · [^\n]*\n(?: {4}.*\n)* {4}something is wrong\n/);
    assert.match(run.stderr, /✗ npm run build — exit 4 · /);
    assert.match(run.stderr, /changed files that git does not ignore: made\.txt\n/);
    const text = readFileSync(join(scene.repository, "AGENTS.md"), "utf8");
    assert.match(text, /^# For agents working in this repository\n\nthing: Does things\n\n## Layout\n/);
    assert.match(text, /- `npm run check` checks \(\d+\.\d s\)\n- `npm test` tests \(\d+\.\d s\)\n$/);
    assert.doesNotMatch(text, /lint|build/);
    assert.ok(!existsSync(join(scene.repository, "../escaped.txt")));
    assert.ok(!existsSync(join(scene.repository, "formatted")));

    await scene.exec(["go"]);
    assert.match(wordsOf(scene.server.requests[0], "developer")[0] ?? "", /thing: Does things/);
    const again = await scene.fettle(["init"]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^fettle: \S+AGENTS\.md is there already; --force overwrites it\n$/);
  });

  test("a rule that forbids a command holds; --force replaces a link and not what it leads to", async (t) => {
    const scene = await openScene(t, { files: { "package.json": manifest({ test: "touch ran" }) } });
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(
      join(scene.home, "rules.toml"),
      '[[rule]]\nprefix = ["npm"]\ndecision = "never"\nreason = "not with npm"\n',
    );
    const target = join(dirname(scene.repository), "mine.md");
    writeFileSync(target, "mine\n");
    const path = join(scene.repository, "AGENTS.md");
    symlinkSync(target, path);
    const run = await scene.fettle(["init", "--force"]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /- npm test — not run: [^\n]*not with npm/);
    assert.ok(!existsSync(join(scene.repository, "ran")));
    assert.ok(lstatSync(path).isFile());
    assert.doesNotMatch(readFileSync(path, "utf8"), /Commands/);
    assert.equal(readFileSync(target, "utf8"), "mine\n");
  });

  test("Ctrl-C ends the running command and leaves nothing written; a time limit ends one command alone", async (t) => {
    const scene = await openScene(t, {
      files: { "package.json": manifest({ build: "touch running; sleep 600", test: "node -e 0" }) },
    });
    const run = scene.startAny(["init"]);
    await appeared(join(scene.repository, "running"));
    run.child.kill("SIGINT");
    const { code, stderr } = await run.finished;
    assert.equal(code, 130);
    assert.match(stderr, /\ninterrupted; nothing was written\n$/);
    assert.deepEqual(
      readdirSync(scene.repository).filter((name) => name.includes("AGENTS")),
      [],
    );
    const limited = await scene.fettle(["init", "--timeout", "3s"]);
    assert.match(limited.stderr, /✗ npm run build — still ran after 3\.0 s[\s\S]*\n {2}npm test … /);
    assert.doesNotMatch(readFileSync(join(scene.repository, "AGENTS.md"), "utf8"), /npm run build/);
    assert.equal((await scene.fettle(["init", "--timeout", "soon"])).code, 2);
  });

  test("a package.json that is broken is named, and neither ends init nor the offline engine", async (t) => {
    const scene = await openScene(t, { files: { "package.json": '{"scripts":{"test":"a\\qb"}}' } });
    const run = await scene.fettle(["init"]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /^package\.json is no valid JSON: of its scripts at most test is tried$/m);
    const asked = await scene.fettle(["exec", "-m", "offline", "make the tests pass"]);
    assert.equal(asked.code, 0, asked.stderr);
    assert.match(asked.stdout, /no command that runs/);
  });
});
