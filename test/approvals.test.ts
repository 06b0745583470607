import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answer, answers, asked, done, ends, patch, shell, userRule } from "./support/approvals.ts";
import { itemsOf, openScene, threadIdOf, toolResults } from "./support/scripted-run.ts";

/* Levels, answers and rules, through the real program. */

describe("exec: levels", { concurrency: 2 }, () => {
  const steps = [shell("cat a.txt"), shell("echo b > b.txt"), patch("c.txt"), done];
  const expected = {
    suggest: { commands: [0, "refused"], files: [false, false], questions: 2 },
    edit: { commands: [0, "refused"], files: [false, true], questions: 1 },
    run: { commands: [0, 0], files: [true, true], questions: 0 },
    trusted: { commands: [0, 0], files: [true, true], questions: 0 },
    full: { commands: [0, 0], files: [true, true], questions: 0 },
  };
  for (const [level, { commands, files, questions }] of Object.entries(expected))
    test(`${level}: what is done without asking; a refusal lets the turn go on`, async (t) => {
      const scene = await openScene(t, { steps });
      const run = await scene.exec(["--json", "--autonomy", level, "go"]);
      assert.equal(run.code, 0, run.stderr);
      const events = run.events();
      assert.deepEqual(
        ends(events).map((end) => (typeof end === "string" ? "refused" : end)),
        commands,
      );
      assert.deepEqual(
        ["b.txt", "c.txt"].map((name) => existsSync(join(scene.repository, name))),
        files,
      );
      assert.equal(asked(events).length, questions);
      for (const said of asked(events)) assert.match(said, /: no by nobody$/);
      assert.equal(events.at(-1)?.type, "turn.completed");
      const modes = itemsOf(events, "command_execution").map((item) => item.sandbox);
      assert.equal(modes[0], level === "full" ? "danger-full-access" : "read-only");
      if (questions > 0) {
        assert.match(toolResults(scene.server.requests[2])[1] ?? "", /^not run: nobody is there to ask; at autonomy/);
        assert.match(ends(events)[1] as string, /nobody is there to ask/);
      }
    });

  test("the names of other programs: never is unattended, untrusted is edit", async (t) => {
    const scene = await openScene(t, { steps: [shell("echo b > b.txt"), done, shell("rm -rf b.txt"), done] });
    const untrusted = await scene.exec(["--json", "-c", "approval_policy=untrusted", "go"]);
    assert.match(String(ends(untrusted.events())[0]), /at autonomy edit/);
    const never = await scene.exec(["--json", "-c", "approval_policy=never", "go"]);
    assert.deepEqual(asked(never.events()), ["rm -rf b.txt (sandbox): no by nobody"]);
    assert.equal(never.code, 0);
  });

  test("what destroys a machine is refused at every level without a question, in checks too", async (t) => {
    // Harmless if it ran: there is no such file to take rights from.
    const command = "chmod -R --reference=/no-such-file /";
    const scene = await openScene(t, { steps: [shell(command), done, shell(command), done] });
    const file = answers(scene, answer("*", "always"));
    for (const level of ["run", "full"]) {
      const run = await scene.exec(["--json", "--autonomy", level, "--check", command, ...file, "go"]);
      assert.equal(run.code, 3, run.stderr);
      assert.deepEqual(asked(run.events()), []);
      for (const end of ends(run.events())) assert.match(String(end), /^refused: /);
    }
  });

  test("a check that a person gave is not asked about", async (t) => {
    const scene = await openScene(t, { steps: [done] });
    const run = await scene.exec(["--json", "--autonomy", "suggest", "--check", "rm -rf b.txt; echo c > c.txt", "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual([asked(run.events()), existsSync(join(scene.repository, "c.txt"))], [[], true]);
  });

  test("levels for paths and kinds, and for a repository", async (t) => {
    const scene = await openScene(t, { steps: [patch("docs/a.md"), patch("src/a.ts"), shell("true > x"), done] });
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(
      join(scene.home, "config.toml"),
      `projects."${scene.repository}".autonomy = "suggest"
[[autonomy_for]]
paths = ["docs/**"]
level = "edit"
[[autonomy_for]]
kinds = ["command"]
level = "run"
`,
    );
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      ["docs/a.md", "src/a.ts", "x"].map((name) => existsSync(join(scene.repository, name))),
      [true, false, true],
    );
    const shown = await scene.fettle(["autonomy"]);
    assert.match(
      shown.stdout,
      /^suggest \(projects\..*\.autonomy\) · thread [0-9a-f-]{36}\n {2}edit {2}for everything in docs/,
    );
  });
});

describe("exec: answers", { concurrency: 2 }, () => {
  test("once, this thread, no with a word; a resumed thread keeps what was allowed in it", async (t) => {
    const scene = await openScene(t, {
      steps: [
        ...[shell("rm -rf one"), shell("rm -rf one"), shell("rm -rf two"), shell("rm -rf two")],
        ...[shell("rm -rf three"), done, shell("rm -rf two"), shell("rm -rf one"), done],
      ],
    });
    const file = answers(scene, answer("rm -rf one", "once"), answer("rm -rf two", "thread"), {
      ...answer("rm -rf th*", "no"),
      message: "keep three",
    });
    const first = await scene.exec(["--json", ...file, "go"]);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(asked(first.events()), [
      "rm -rf one (sandbox): once by program",
      "rm -rf one (sandbox): once by program",
      "rm -rf two (sandbox): thread by program",
      "rm -rf three (sandbox): no by program",
    ]);
    assert.deepEqual(ends(first.events()).slice(0, 4), [0, 0, 0, 0]);
    assert.match(toolResults(scene.server.requests[5])[4] ?? "", /^not run: the user's answers say no: keep three\n/);
    const waiting = first.events().filter((event) => event.type === "item.started" && event.item.type === "approval");
    assert.equal(waiting.length, 4, "each question is seen while it waits");
    const again = await scene.exec(["resume", threadIdOf(first.events()), "--json", "go on"]);
    assert.deepEqual(asked(again.events()), ["rm -rf one (sandbox): no by nobody"]);
    assert.equal(ends(again.events())[0], 0);
  });

  test("always writes a rule that only its owner can read, and the next run does not ask", async (t) => {
    const steps = [shell("git branch -D gone"), done];
    const scene = await openScene(t, { steps: [...steps, ...steps] });
    const kept = '# mine\n[[rule]]\nprefix = ["echo", "never"]\ndecision = "never"\n';
    userRule(scene, kept);
    const first = await scene.exec(["--json", ...answers(scene, answer("git branch*", "always")), "go"]);
    assert.deepEqual(asked(first.events()), ["git branch -D gone (sandbox): always by program"]);
    assert.equal(ends(first.events())[0], 1, "git says that there is no such branch");
    const path = join(scene.home, "rules.toml");
    const text = readFileSync(path, "utf8");
    assert.ok(text.startsWith(kept));
    assert.ok(text.includes(itemsOf(first.events(), "approval")[0]?.proposal?.trim() ?? "?"));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const second = await scene.exec(["--json", "go"]);
    assert.deepEqual([asked(second.events()), ends(second.events())], [[], [1]]);
  });

  test("patches: asked about with their diff, allowed for the thread", async (t) => {
    const scene = await openScene(t, {
      steps: [
        patch("a.md"),
        patch("b.md"),
        shell("apply_patch <<'E'\n*** Begin Patch\n*** Add File: c.md\n+c\n*** End Patch\nE"),
        done,
      ],
    });
    const file = answers(scene, answer("a.md", "once", "patch"), answer("b.md", "thread", "patch"));
    const run = await scene.exec(["--json", "--autonomy", "suggest", ...file, "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(asked(run.events()), ["patch: once by program", "patch: thread by program"]);
    const [first] = itemsOf(run.events(), "approval");
    assert.ok(first?.subject.kind === "patch" && first.subject.diff?.includes("*** Add File: a.md"));
    assert.deepEqual(first?.choices, ["once", "thread", "no"]);
    for (const name of ["a.md", "b.md", "c.md"]) assert.ok(existsSync(join(scene.repository, name)), name);
  });

  test("a file of answers that is wrong is one clear line", async (t) => {
    const scene = await openScene(t, { steps: [] });
    const path = join(scene.home, "..", "bad.jsonl");
    for (const [text, says] of [
      ['{"kind":"command","match":"x","answer":"maybe"}\n', /:1: expected .*\(answer\)/],
      ['\n{"kind":"command"\n', /:2: not JSON/],
      ['{"kind":"command","match":"a*b","answer":"once"}\n', /:1: a \* in match counts only at its end/],
    ] as const) {
      writeFileSync(path, text);
      const run = await scene.exec(["--approval-file", path, "go"]);
      assert.equal(run.code, 2);
      assert.match(run.stderr, says);
      assert.equal(run.stderr.trim().split("\n").length, 1);
    }
    const offline = await scene.fettle(["exec", "--approval-file", `${path}.no`, "go"]);
    assert.equal(offline.code, 2);
    assert.match(offline.stderr, /^fettle: --approval-file: .* cannot be read \(ENOENT\)\n$/);
  });

  test("a file's answer about a host is for the web's ports; another port is named", async (t) => {
    const reach = (port: number): string =>
      `exec 9<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT a.invalid:${port} HTTP/1.1\\r\\nHost: a.invalid:${port}\\r\\n\\r\\n' >&9; head -1 <&9`;
    const scene = await openScene(t, { steps: [shell(reach(443)), shell(reach(5432)), shell(reach(22)), done] });
    const file = answers(scene, answer("a.invalid", "once", "network"), answer("a.invalid:22", "thread", "network"));
    const run = await scene.exec(["--json", ...file, "go"]);
    assert.deepEqual(
      itemsOf(run.events(), "approval").map(({ subject, answer: said }) => [
        subject.kind === "network" && subject.port,
        said?.choice,
      ]),
      [
        [443, "once"],
        [5432, "no"],
        [22, "thread"],
      ],
    );
  });

  test("text output: a refusal is one line, an allowed question another", async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf x"), shell("rm -rf y"), done] });
    const run = await scene.exec([...answers(scene, answer("rm -rf y", "once")), "go"]);
    assert.match(
      run.stderr,
      /^✗ \$ rm -rf x — the user's answers say no\n✓ allowed once: \$ rm -rf y\n✓ \$ rm -rf y — exit 0/,
    );
  });
});

describe("exec: rules", { concurrency: 2 }, () => {
  test("a rules file with a mistake makes everything but reading a question, and says so", async (t) => {
    const scene = await openScene(t, { steps: [shell("cat a.txt"), shell("echo b > b.txt"), done] });
    userRule(scene, '[[rule]]\nprefix = ["x"]\ndecision = "maybe"\n');
    const run = await scene.exec(["--json", "go"]);
    assert.equal(ends(run.events())[0], 0);
    assert.match(String(ends(run.events())[1]), /rules\.toml:3: decision/);
    assert.match(itemsOf(run.events(), "error")[0]?.message ?? "", /rules\.toml:3: .*until it is mended/);
  });
});
