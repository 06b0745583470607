import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answer, answers, asked, done, ends, patch, shell, userRule } from "./support/approvals.ts";
import { itemsOf, openScene, type Scene, storedLog, toolResults, wordsOf } from "./support/scripted-run.ts";

/* Commands of the user's at set moments: what they are told, what their answers do, and what they cannot do. */

type HookOptions = { matcher?: string; timeout?: number; required?: boolean };

const hook = (event: string, command: string, options: HookOptions = {}): string =>
  [
    `[[hooks.${event}]]`,
    ...(options.matcher === undefined ? [] : [`matcher = ${JSON.stringify(options.matcher)}`]),
    `[[hooks.${event}.hooks]]`,
    'type = "command"',
    `command = ${JSON.stringify(command)}`,
    ...(options.timeout === undefined ? [] : [`timeout = ${options.timeout}`]),
    ...(options.required === undefined ? [] : [`required = ${options.required}`]),
    "",
  ].join("\n");

const userHooks = (scene: Scene, ...hooks: string[]): void => {
  mkdirSync(scene.home, { recursive: true });
  appendFileSync(join(scene.home, "config.toml"), hooks.join("\n"));
};

/** Answers with this on standard output. */
const says = (value: unknown): string => `printf '%s' '${JSON.stringify(value)}'`;

type Told = Record<string, unknown> & { hook_event_name: string };
/** A command that keeps what it is told, and where. */
const keeping = (scene: Scene): { command: string; told(): Told[] } => {
  const path = join(scene.home, "..", "told.jsonl");
  const told = (): Told[] =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Told);
  return { command: `cat >> '${path}'`, told };
};

const events = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"];

describe("hooks", { concurrency: 2 }, () => {
  test("each moment of a run is told, in order, and is on record", async (t) => {
    const scene = await openScene(t, { steps: [shell("echo one"), patch("b.txt"), done, done] });
    const kept = keeping(scene);
    userHooks(scene, ...events.map((event) => hook(event, kept.command)));
    const run = await scene.exec(["--json", "do it"]);
    assert.equal(run.code, 0, run.stderr);
    const first = kept.told();
    assert.deepEqual(
      first.map(({ hook_event_name: name, tool_name: tool }) => (tool === undefined ? name : `${name} ${tool}`)),
      [
        "SessionStart",
        "UserPromptSubmit",
        "PreToolUse shell",
        "PostToolUse shell",
        "PreToolUse apply_patch",
        "PostToolUse apply_patch",
        "Stop",
        "SessionEnd",
      ],
    );
    const [start, prompt, before, after, , , stop] = first;
    assert.equal(start?.source, "startup");
    assert.equal(start?.cwd, scene.repository);
    assert.equal(prompt?.prompt, "do it");
    assert.deepEqual(before?.tool_input, { command: "echo one" });
    assert.match(String(after?.tool_response), /^exit 0 .*\none\n/);
    assert.deepEqual([stop?.stop_hook_active, stop?.last_assistant_message], [false, "done"]);
    const items = itemsOf(storedLog(scene.home), "hook");
    assert.deepEqual(
      items.map(({ event, status, source }) => [event, status, source]),
      first.map(({ hook_event_name: name }) => [name, "completed", "user"]),
    );
    assert.ok(items.every(({ duration_ms: ms }) => ms >= 0));
    const again = await scene.exec(["resume", "--last", "more"]);
    assert.equal(again.code, 0, again.stderr);
    const resumed = kept.told().slice(first.length);
    assert.deepEqual(
      resumed.map(({ hook_event_name: name, source }) => [name, source]),
      [
        ["SessionStart", "resume"],
        ["UserPromptSubmit", undefined],
        ["Stop", undefined],
        ["SessionEnd", undefined],
      ],
    );
  });

  test("exit 2 and a decision of deny keep a tool from being used, and the model reads why", async (t) => {
    const scene = await openScene(t, { steps: [shell("touch no"), patch("b.txt"), shell("touch yes"), done] });
    const deny = { hookSpecificOutput: { permissionDecision: "deny", permissionDecisionReason: "no new files" } };
    userHooks(
      scene,
      hook("PreToolUse", "if grep -q 'touch no'; then echo 'not that one' >&2; exit 2; fi", { matcher: "^Bash$" }),
      hook("PreToolUse", says(deny), { matcher: "Write" }),
    );
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      ["no", "b.txt", "yes"].map((name) => existsSync(join(scene.repository, name))),
      [false, false, true],
    );
    const [first, second] = toolResults(scene.server.requests[3]);
    assert.match(first ?? "", /a hook refused it: not that one/);
    assert.match(second ?? "", /a hook refused it: no new files/);
    const denied = itemsOf(run.events(), "hook").filter(({ decision }) => decision === "deny");
    assert.deepEqual(
      denied.map(({ tool, reason }) => [tool, reason]),
      [
        ["shell", "not that one"],
        ["apply_patch", "no new files"],
      ],
    );
  });

  test("ask puts a question where no rule asks; with nobody there it is a no", async (t) => {
    const wish = hook("PreToolUse", says({ decision: "ask", reason: "look at it" }));
    const plan = { calls: [{ name: "update_plan", arguments: { plan: [] } }] };
    const alone = await openScene(t, { steps: [shell("touch x"), patch("b.txt"), plan, done] });
    userHooks(alone, wish);
    const refused = await alone.exec(["--json", "go"]);
    assert.equal(refused.code, 0, refused.stderr);
    assert.deepEqual(
      asked(refused.events()),
      ["touch x (sandbox): no by nobody", "patch: no by nobody"],
      refused.stdout,
    );
    assert.match(toolResults(alone.server.requests[3])[2] ?? "", /update_plan cannot be asked about/);
    assert.equal(existsSync(join(alone.repository, "x")), false);
    const attended = await openScene(t, { steps: [shell("touch x"), patch("b.txt"), done] });
    userHooks(attended, wish);
    const lines = [answer("touch x", "once"), answer("b.txt", "once", "patch")];
    const allowed = await attended.exec(["--json", ...answers(attended, ...lines), "go"]);
    const questions = itemsOf(allowed.events(), "approval");
    assert.deepEqual(asked(allowed.events()), ["touch x (sandbox): once by program", "patch: once by program"]);
    assert.ok(questions.every(({ why }) => why.includes("a hook wants a question: look at it")));
    assert.ok(existsSync(join(attended.repository, "x")) && existsSync(join(attended.repository, "b.txt")));
  });

  test("allow spares a question in the sandbox; it lifts no never, and lets nothing out", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("git branch -D old"), shell("touch forbidden"), shell("git push"), done],
    });
    userRule(scene, '[[rule]]\nprefix = ["touch", "forbidden"]\ndecision = "never"\n');
    userHooks(
      scene,
      hook("PreToolUse", says({ decision: "allow" })),
      hook("PermissionRequest", says({ hookSpecificOutput: { decision: { behavior: "allow" } } })),
    );
    const run = await scene.exec(["--json", "go"]);
    const [branch, never, push] = ends(run.events());
    assert.equal(branch, 1, "it ran, and there is no such branch");
    assert.match(String(never), /refused/);
    assert.match(String(push), /nobody is there to ask/);
  });

  test("a hook answers questions before anybody else, and can only say no to what leaves the sandbox", async (t) => {
    const scene = await openScene(t, { steps: [shell("git branch -D old"), shell("git branch -D other"), done] });
    const kept = keeping(scene);
    const command = `${kept.command.replace("cat", "tee -a").replace(">> ", "")} | { if grep -q other; then echo '{"decision":"deny","reason":"keep it"}'; else echo '{"decision":"allow"}'; fi; }`;
    userHooks(scene, hook("PermissionRequest", command, { matcher: "Bash" }));
    const run = await scene.exec(["--json", "go"]);
    assert.deepEqual(asked(run.events()), [
      "git branch -D old (sandbox): once by program",
      "git branch -D other (sandbox): no by program",
    ]);
    assert.match(toolResults(scene.server.requests[2])[1] ?? "", /a hook refused it: keep it/);
    assert.deepEqual(
      kept.told().map(({ tool_name: tool, tool_input: input }) => [tool, (input as { command: string }).command]),
      [
        ["shell", "git branch -D old"],
        ["shell", "git branch -D other"],
      ],
    );
  });

  test("context reaches the model; a refused prompt reaches nobody", async (t) => {
    const scene = await openScene(t, { steps: [shell("true"), done, done] });
    userHooks(
      scene,
      hook("SessionStart", "echo the house rules"),
      hook(
        "UserPromptSubmit",
        "if grep -q password; then echo 'there is a password in it' >&2; exit 2; fi; echo today is Friday",
      ),
      hook("PostToolUse", says({ additionalContext: "remember the changelog" })),
    );
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    const words = wordsOf(scene.server.requests[0], "user");
    assert.match(words[0] ?? "", /SessionStart.*\nthe house rules$/s);
    assert.match(words[1] ?? "", /UserPromptSubmit.*\ntoday is Friday$/s);
    assert.equal(words[2], "go");
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /remember the changelog/);
    const refused = await scene.exec(["--json", "resume", "--last", "my password is x"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /a hook refused the prompt: there is a password in it/);
    assert.equal(scene.server.requests.length, 2);
    const next = await scene.exec(["resume", "--last", "go on"]);
    assert.equal(next.code, 0, next.stderr);
    assert.ok(!wordsOf(scene.server.requests[2], "user").some((text) => text.includes("my password")));
  });

  test("stop: the model goes on with the reason, and the answer is its last word", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "finished" }, shell("touch DONE"), { text: "really" }] });
    userHooks(scene, hook("Stop", "test -e DONE || { echo 'make DONE' >&2; exit 2; }"));
    const run = await scene.exec(["go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, "really\n");
    assert.match(wordsOf(scene.server.requests[1], "user").at(-1) ?? "", /the work is not done\]\nmake DONE$/);
    const stubborn = await openScene(t, { steps: Array.from({ length: 12 }, () => done) });
    userHooks(stubborn, hook("Stop", "exit 2"));
    const ended = await stubborn.exec(["go"]);
    assert.equal(ended.code, 0);
    assert.equal(stubborn.server.requests.length, 9, "8 times more are enough");
    assert.equal(ended.stdout, "done\n");
  });

  test("one that fails, is killed at its limit or answers nonsense is shown; only a required one refuses", async (t) => {
    const scene = await openScene(t, { steps: [shell("touch x"), done] });
    userHooks(
      scene,
      hook("PreToolUse", "echo broken >&2; exit 3"),
      hook("PreToolUse", "sleep 600", { timeout: 0.2 }),
      hook("PreToolUse", "echo '{nonsense'"),
      hook("PreToolUse", says({ decision: "perhaps" })),
      hook("PreToolUse", "/nonexistent/program"),
    );
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.ok(existsSync(join(scene.repository, "x")));
    const errors = itemsOf(run.events(), "hook").map(
      ({ command, error, status }) => `${status} ${command.slice(0, 8)}: ${error}`,
    );
    assert.deepEqual(errors.sort(), [
      "failed /nonexis: exit 127: /bin/bash: line 1: /nonexistent/program: No such file or directory",
      "failed echo '{n: its answer begins like JSON and is none",
      "failed echo bro: exit 3: broken",
      'failed printf \': its decision is "perhaps", not allow, ask or deny',
      "failed sleep 60: it took longer than 0.2 s",
    ]);
    const strict = await openScene(t, { steps: [shell("touch x"), done] });
    userHooks(strict, hook("PreToolUse", "exit 3", { required: true }));
    await strict.exec(["--json", "go"]);
    assert.equal(existsSync(join(strict.repository, "x")), false);
    assert.match(toolResults(strict.server.requests[1])[0] ?? "", /is required and failed: exit 3/);
  });

  test("a repository's hooks run once that content is trusted, can deny and not allow, and end with a changed program", async (t) => {
    const config = [
      hook("PreToolUse", 'sh "$FETTLE_PROJECT_DIR/.fettle/hooks/guard.sh"'),
      hook("PermissionRequest", says({ decision: "allow" })),
    ].join("\n");
    const scene = await openScene(t, {
      files: { ".fettle/config.toml": config, ".fettle/hooks/guard.sh": "if grep -q bad; then exit 2; fi\n" },
      steps: [
        shell("touch bad1"),
        done,
        shell("touch bad2"),
        shell("git branch -D old"),
        done,
        shell("touch bad3"),
        done,
      ],
    });
    const there = (name: string): boolean => existsSync(join(scene.repository, name));
    const untrusted = await scene.exec(["go"]);
    assert.match(untrusted.stderr, /\.fettle\/config\.toml: it does not count, because nobody trusted it yet/);
    assert.equal(there("bad1"), true);
    const shown = await scene.fettle(["trust", "--yes"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /runs OUTSIDE OF THE SANDBOX.*PreToolUse: sh .*guard\.sh/);
    assert.match(shown.stdout, /trusted: \.fettle\/config\.toml, \.fettle\/hooks\/guard\.sh/);
    const trusted = await scene.exec(["--json", "go"]);
    assert.equal(there("bad2"), false);
    assert.deepEqual(asked(trusted.events()), ["git branch -D old (sandbox): no by nobody"]);
    const allowing = itemsOf(trusted.events(), "hook").find(({ event }) => event === "PermissionRequest");
    assert.deepEqual([allowing?.source, allowing?.decision], ["project", "allow"]);
    assert.match(allowing?.reason ?? "", /does not count/);
    writeFileSync(join(scene.repository, ".fettle/hooks/guard.sh"), "true\n");
    const changed = await scene.exec(["go"]);
    assert.match(changed.stderr, /guard\.sh: it, and with it every hook .* because it changed since it was trusted/);
    assert.equal(there("bad3"), true);
  });

  test("what hooks are told, and what of them is on record, holds no secret", async (t) => {
    const scene = await openScene(t, { steps: [shell('echo "$DEPLOY_TOKEN"'), done] });
    const kept = keeping(scene);
    userHooks(
      scene,
      'secrets = ["DEPLOY_TOKEN"]\n',
      hook("PostToolUse", `${kept.command}; echo '{"additionalContext":"it is s3cr3t-value"}'`),
    );
    const run = await scene.exec(["--json", "the token is s3cr3t-value"], { env: { DEPLOY_TOKEN: "s3cr3t-value" } });
    assert.equal(run.code, 0, run.stderr);
    assert.match(String(kept.told()[0]?.tool_response), /\[DEPLOY_TOKEN\]/);
    assert.ok(!JSON.stringify([kept.told(), storedLog(scene.home), run.stdout]).includes("s3cr3t-value"));
    assert.ok(!scene.server.requests.some(({ body }) => body.includes("s3cr3t-value")));
  });

  test("hooks around a compaction: told why, and able to stop it", async (t) => {
    const scene = await openScene(t, { steps: [shell("echo one"), done, { text: "notes" }, done, done] });
    const kept = keeping(scene);
    userHooks(scene, hook("PreCompact", kept.command), hook("PostCompact", kept.command));
    await scene.exec(["go"]);
    await scene.exec(["resume", "--last", "--compact", "on"]);
    assert.deepEqual(
      kept.told().map(({ hook_event_name: name, trigger }) => [name, trigger]),
      [
        ["PreCompact", "manual"],
        ["PostCompact", "manual"],
      ],
    );
    userHooks(scene, hook("PreCompact", "echo not now >&2; exit 2"));
    const stopped = await scene.exec(["--json", "resume", "--last", "--compact", "on"]);
    assert.match(stopped.stdout, /not compacted: a hook refused it: not now/);
  });

  test("a mistake in the configuration is named with its place", async (t) => {
    const scene = await openScene(t);
    userHooks(scene, hook("PreToolUs", "true"));
    const run = await scene.exec(["go"]);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /config\.toml:\d+: unknown key hooks\.PreToolUs; did you mean hooks\.PreToolUse\?/);
    for (const [options, says] of [
      [{ matcher: "(" }, /hooks\.PreToolUse\.0\.matcher must be a regular expression/],
      [{ timeout: -1 }, /hooks\.PreToolUse\.0\.hooks\.0\.timeout must be more than 0/],
    ] as const) {
      writeFileSync(join(scene.home, "config.toml"), hook("PreToolUse", "true", options));
      assert.match((await scene.exec(["go"])).stderr, says);
    }
  });

  test("the configuration of docs/hooks.md works as it stands there", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("npm publish"), { text: "finished" }, patch("NOTES.md"), { text: "noted" }],
    });
    const docs = readFileSync(new URL("../docs/hooks.md", import.meta.url), "utf8");
    userHooks(scene, /```toml\n(.*?)```/s.exec(docs)?.[1] ?? "");
    const run = await scene.exec(["go"]);
    assert.equal(run.stdout, "noted\n", run.stderr);
    const { requests } = scene.server;
    assert.match(wordsOf(requests[0], "user").join("\n"), /The branch is \w+\./);
    assert.match(toolResults(requests[1])[0] ?? "", /publishing is done by the release job/);
    assert.match(wordsOf(requests[2], "user").at(-1) ?? "", /write what you did into NOTES\.md/);
  });

  test("turns of a goal have their hooks like any other", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": "- [ ] There is one.txt\n  verify: `test -f one.txt`\n" },
      steps: [done, shell("touch one.txt"), done],
    });
    const kept = keeping(scene);
    userHooks(scene, ...events.map((event) => hook(event, kept.command)));
    const run = await scene.exec(["--goal", "PLAN.md"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      kept.told().map(({ hook_event_name: name }) => name),
      [
        "SessionStart",
        "UserPromptSubmit",
        "Stop",
        "UserPromptSubmit",
        "PreToolUse",
        "PostToolUse",
        "Stop",
        "SessionEnd",
      ],
    );
  });
});
