import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ThreadEvent } from "@fettle/protocol";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { git } from "./support/fettle.ts";
import { itemsOf, openScene, printed, type Scene, storedLog, threadIdOf, toolResults } from "./support/scripted-run.ts";

/* Questions, answers and levels, through the real program. */

const shell = (command: string, more: Record<string, unknown> = {}): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, ...more } }],
});
const patch = (path: string): ScriptedStep => ({
  calls: [{ name: "apply_patch", input: `*** Begin Patch\n*** Add File: ${path}\n+text\n*** End Patch\n` }],
});
const done: ScriptedStep = { text: "done" };

const answers = (scene: Scene, ...lines: readonly Record<string, string>[]): string[] => {
  const path = join(scene.home, "..", "answers.jsonl");
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return ["--approval-file", path];
};
const answer = (match: string, choice: string, kind = "command") => ({ kind, match, answer: choice });

/** How each command ended: its exit code, or why it did not run. */
const ends = (events: readonly ThreadEvent[]): (number | string | undefined)[] =>
  itemsOf(events, "command_execution").map((item) => item.error ?? item.exit_code);

/** Each question with its answer. */
const asked = (events: readonly ThreadEvent[]): string[] =>
  itemsOf(events, "approval").map(({ subject, answer: said }) => {
    const what = subject.kind === "command" ? `${subject.command} (${subject.run})` : subject.kind;
    return `${what}: ${said?.choice} by ${said?.by}`;
  });

const userRule = (scene: Scene, text: string): void => {
  mkdirSync(scene.home, { recursive: true });
  writeFileSync(join(scene.home, "rules.toml"), text);
};

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
    ] as const) {
      writeFileSync(path, text);
      const run = await scene.exec(["--approval-file", path, "go"]);
      assert.equal(run.code, 2);
      assert.match(run.stderr, says);
      assert.equal(run.stderr.trim().split("\n").length, 1);
    }
    assert.equal((await scene.exec(["--approval-file", `${path}.no`, "go"])).code, 2);
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

describe("exec: beyond the sandbox", { concurrency: 2 }, () => {
  test("escalate asks with the model's reason and runs on the host; unattended it is not offered", async (t) => {
    const scene = await openScene(t);
    const outside = join(scene.home, "..", "outside.txt");
    const step = shell(`echo x > '${outside}'`, { escalate: "the tool writes there" });
    scene.server.push(step, done, step, done);
    const alone = await scene.exec(["--json", "go"]);
    assert.match(String(ends(alone.events())[0]), /nobody is there to ask; it wants to run outside of the sandbox/);
    assert.ok(!(scene.server.requests[0]?.body ?? "").includes("escalate"));
    assert.equal(existsSync(outside), false);
    const run = await scene.exec(["--json", ...answers(scene, answer("echo*", "once")), "go"]);
    assert.ok((scene.server.requests[2]?.body ?? "").includes("escalate"));
    const [question] = itemsOf(run.events(), "approval");
    assert.equal(question?.reason, "the tool writes there");
    const [item] = itemsOf(run.events(), "command_execution");
    assert.deepEqual([item?.exit_code, item?.sandbox], [0, "danger-full-access"]);
    assert.equal(readFileSync(outside, "utf8"), "x\n");
  });

  test("-s read-only caps every level", async (t) => {
    const steps = [shell("echo x > x.txt"), shell("true", { escalate: "please" }), patch("y.txt"), done];
    const scene = await openScene(t, { steps });
    const file = answers(scene, answer("*", "thread"), answer("*", "thread", "patch"));
    const run = await scene.exec(["--json", "-s", "read-only", "--autonomy", "full", ...file, "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual([ends(run.events())[0], asked(run.events())], [1, []]);
    assert.match(String(ends(run.events())[1]), /may only read/);
    assert.equal(existsSync(join(scene.repository, "x.txt")) || existsSync(join(scene.repository, "y.txt")), false);
  });

  test("a rule that allows a command on the host runs it there without a question", async (t) => {
    const scene = await openScene(t);
    const outside = join(scene.home, "..", "made");
    userRule(scene, '[[rule]]\nprefix = ["mkdir"]\ndecision = "allow"\nrun = "host"\n');
    scene.server.push(shell(`mkdir '${outside}'`), done);
    const run = await scene.exec(["--json", "go"]);
    assert.deepEqual([ends(run.events()), asked(run.events()), existsSync(outside)], [[0], [], true]);
  });

  test("git push runs on the host once allowed, and starts no hook", async (t) => {
    const scene = await openScene(t, { steps: [shell("git push there HEAD:refs/heads/x"), done] });
    const remote = join(scene.home, "..", "remote.git");
    git(scene.repository, "init", "-q", "--bare", remote);
    git(scene.repository, "remote", "add", "there", remote);
    const hooked = join(scene.home, "..", "hooked");
    writeFileSync(join(scene.repository, ".git/hooks/pre-push"), `#!/bin/sh\ntouch '${hooked}'\n`, { mode: 0o755 });
    const run = await scene.exec(["--json", ...answers(scene, answer("git push*", "once")), "go"]);
    assert.deepEqual(asked(run.events()), ["git push there HEAD:refs/heads/x (host): once by program"]);
    assert.equal(ends(run.events())[0], 0, JSON.stringify(itemsOf(run.events(), "command_execution")));
    assert.match(git(remote, "for-each-ref"), /refs\/heads\/x/);
    assert.equal(existsSync(hooked), false);
  });

  test("outside of the sandbox nothing is typed into unseen", async (t) => {
    const scene = await openScene(t, { steps: [shell("bash", { escalate: "x", pty: true }), done] });
    const run = await scene.exec(["--json", ...answers(scene, answer("*", "thread")), "go"]);
    assert.match(String(ends(run.events())[0]), /gets no terminal/);
  });
});

describe("exec: a level that changes while a turn runs", () => {
  test("holds from the next command on, is in the log, and stays with the thread", async (t) => {
    const wait = "until [ -e go ]; do sleep 0.02; done";
    const scene = await openScene(t, {
      steps: [shell(wait), shell("echo b > b.txt"), done, shell("echo c > c.txt"), done],
    });
    const run = scene.start(["--json", "go"]);
    await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
    const changed = await scene.fettle(["autonomy", "edit", "--last"]);
    assert.equal(changed.code, 0, changed.stderr);
    writeFileSync(join(scene.repository, "go"), "");
    const events = (await run.finished).events();
    assert.deepEqual(ends(events)[0], 0);
    assert.match(String(ends(events)[1]), /at autonomy edit/);
    assert.deepEqual(
      storedLog(scene.home).flatMap((event) => (event.type === "autonomy.changed" ? [event.level] : [])),
      ["edit"],
    );
    const id = threadIdOf(events);
    assert.match((await scene.fettle(["autonomy", "--thread", id])).stdout, /^edit \(set for this thread\)/);
    const again = await scene.exec(["resume", id, "--json", "go on"]);
    assert.match(String(ends(again.events())[0]), /at autonomy edit/);
    assert.equal((await scene.fettle(["autonomy", "most", "--last"])).code, 2);
  });

  test("full can be taken back: the next command is in the sandbox again", async (t) => {
    const wait = "until [ -e go ]; do sleep 0.02; done";
    const scene = await openScene(t, { steps: [shell(wait), shell("echo b > b.txt"), done] });
    const run = scene.start(["--json", "-s", "danger-full-access", "go"]);
    await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
    await scene.fettle(["autonomy", "run"]);
    writeFileSync(join(scene.repository, "go"), "");
    const modes = itemsOf((await run.finished).events(), "command_execution").map((item) => item.sandbox);
    assert.deepEqual(modes, ["danger-full-access", "workspace-write"]);
  });
});

describe("exec: the reviewing model", { concurrency: 2 }, () => {
  const unclear = shell('eval "$NOTHING"');
  const reviewer = ["-c", "approvals.reviewer_model=gpt-5"];

  test("at trusted it allows what is only unclear; its tokens count", async (t) => {
    const scene = await openScene(t, { steps: [unclear, { text: '{"decision":"allow"}' }, done] });
    const run = await scene.exec(["--json", "--autonomy", "trusted", ...reviewer, "go"]);
    assert.deepEqual([asked(run.events()), ends(run.events())], [['eval "$NOTHING" (sandbox): once by reviewer'], [0]]);
    const end = run.events().at(-1);
    assert.equal(end?.type === "turn.completed" && end.usage.input_tokens, 300);
  });

  for (const [name, said] of [
    ["ask", { text: '{"decision":"ask"}' }],
    ["more than JSON", { text: 'Fine: {"decision":"allow"}' }],
    ["more than a decision", { text: '{"decision":"allow","why":"x"}' }],
    ["a fault", { fault: { type: "status", status: 400 } }],
  ] as const)
    test(`${name} leaves it to a person`, async (t) => {
      const scene = await openScene(t, { steps: [unclear, said, done] });
      const run = await scene.exec(["--json", "--autonomy", "trusted", ...reviewer, "go"]);
      assert.deepEqual(asked(run.events()), ['eval "$NOTHING" (sandbox): no by nobody']);
      assert.equal(run.code, 0, run.stderr);
    });

  test("what a rule asks about, and other levels, are not its business", async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf x"), done, unclear, done] });
    await scene.exec(["--json", "--autonomy", "trusted", ...reviewer, "go"]);
    await scene.exec(["--json", ...reviewer, "go"]);
    assert.equal(scene.server.requests.length, 4);
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

describe("exec: the network of allowed hosts", { concurrency: 2 }, () => {
  const connect = (host: string): string =>
    `exec 9<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${host}:443 HTTP/1.1\\r\\nHost: ${host}:443\\r\\n\\r\\n' >&9; head -1 <&9`;

  test("a denied host is no question; an answer holds for the command that runs; all is in the log", async (t) => {
    const twice = `(${connect("once.invalid")}); (${connect("once.invalid")})`;
    const scene = await openScene(t, { steps: [shell(connect("deny.invalid")), shell(twice), shell(twice), done] });
    const file = answers(scene, answer("once*", "once", "network"));
    const run = await scene.exec(["--json", "-c", 'network.deny=["deny.invalid"]', ...file, "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(asked(run.events()), ["network: once by program", "network: once by program"]);
    const decided = storedLog(scene.home).filter((event) => event.type === "network.decided");
    assert.deepEqual(
      decided.map(({ host, port, protocol }) => `${host}:${port} ${protocol}`),
      ["deny.invalid:443 connect", "once.invalid:443 connect"],
    );
  });

  test("unattended: refused by nobody when hosts are configured, no network at all when none are", async (t) => {
    const scene = await openScene(t, { steps: [shell(connect("a.invalid")), done, shell(connect("a.invalid")), done] });
    const some = await scene.exec(["--json", "-c", 'network.allow=["b.invalid"]', "go"]);
    assert.deepEqual(asked(some.events()), ["network: no by nobody"]);
    assert.match(itemsOf(some.events(), "command_execution")[0]?.aggregated_output ?? "", /403/);
    const none = await scene.exec(["--json", "go"]);
    assert.deepEqual(asked(none.events()), []);
    assert.match(itemsOf(none.events(), "command_execution")[0]?.aggregated_output ?? "", /Connection refused/);
  });

  test("where it cannot be had there is none, and one line says so", async (t) => {
    const scene = await openScene(t, { steps: [shell("echo a > b.txt"), shell("echo b > c.txt"), done] });
    const run = await scene.exec(["--json", "-c", 'network.allow=["no host at all"]', "go"]);
    assert.deepEqual(ends(run.events()), [0, 0]);
    const notes = itemsOf(run.events(), "error").map(({ message }) => message);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? "", /^commands have no network here: .*no host at all/);
  });
});
