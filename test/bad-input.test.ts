import assert from "node:assert/strict";
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ThreadEvent } from "@fettle/protocol";
import { refusedBaseUrl } from "../packages/agent/test/support/scripted-model.ts";
import { execWithBubblewrap } from "./support/other-bubblewrap.ts";
import { itemsOf, openScene, type Scene, storedLog, toolResults } from "./support/scripted-run.ts";

/* Whatever is wrong: one clear line that names it and the remedy, no stack, the documented exit code, a sound log. */

type Row = {
  readonly name: string;
  readonly args: readonly string[] | ((scene: Scene) => readonly string[] | Promise<readonly string[]>);
  readonly code: 1 | 2;
  readonly says: RegExp;
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly before?: (scene: Scene) => void;
  /** Where it is run, inside the repository's parent folder. */
  readonly cwd?: string;
};

const config = (text: string) => (scene: Scene) => {
  mkdirSync(scene.home, { recursive: true });
  writeFileSync(join(scene.home, "config.toml"), text);
};

/** All of these are noticed before a thread begins. */
const rows: readonly Row[] = [
  { name: "unknown flag", args: ["exec", "--jsom", "x"], code: 2, says: /'--jsom'.*; see: fettle exec --help$/ },
  { name: "flag without value", args: ["exec", "x", "-m"], code: 2, says: /-m.*argument missing.*fettle exec --help$/ },
  { name: "unknown command", args: ["frob"], code: 2, says: /no command "frob"; see: fettle --help/ },
  {
    name: "unknown sandbox mode",
    args: ["exec", "-s", "none", "x"],
    code: 2,
    says: /--sandbox must be one of read-only, /,
  },
  {
    name: "two prompts",
    args: ["exec", "fix", "it"],
    code: 2,
    says: /one prompt expected, but 2 were given; put quotes/,
  },
  { name: "a new thread compacted", args: ["exec", "--compact", "x"], code: 2, says: /a thread that goes on/ },
  { name: "a new thread without its goal", args: ["exec", "--no-goal", "x"], code: 2, says: /a thread that goes on/ },
  { name: "empty prompt", args: ["exec", " "], code: 2, says: /the prompt is empty/ },
  { name: "empty standard input", args: ["exec", "-"], input: "\n", code: 2, says: /the prompt is empty/ },
  { name: "folder missing", args: ["exec", "-C", "gone", "x"], code: 2, says: /-C: there is no folder gone/ },
  { name: "folder is a file", args: ["exec", "-C", "a.txt", "x"], code: 2, says: /-C: a\.txt is not a folder/ },
  {
    name: "extra folder missing",
    args: ["exec", "--add-dir", "gone", "x"],
    code: 2,
    says: /--add-dir: there is no folder/,
  },
  {
    name: "schema missing",
    args: ["exec", "--output-schema", "gone.json", "x"],
    code: 2,
    says: /--output-schema: gone\.json cannot be read \(ENOENT\)/,
  },
  {
    name: "schema invalid",
    args: ["exec", "--output-schema", "a.txt", "x"],
    code: 2,
    says: /--output-schema: a\.txt is not valid JSON: /,
  },
  {
    name: "schema of another kind",
    args: ["exec", "--output-schema", "list.json", "x"],
    before: ({ repository }) => writeFileSync(join(repository, "list.json"), "[]"),
    code: 2,
    says: /--output-schema: list\.json must hold a JSON object/,
  },
  {
    name: "picture missing",
    args: ["exec", "-m", "gpt-5", "-i", "p.png", "x"],
    code: 2,
    says: /--image: there is no file/,
  },
  {
    name: "no picture",
    args: ["exec", "-m", "gpt-5", "-i", "a.txt", "x"],
    code: 2,
    says: /--image: .*a\.txt is not a PNG/,
  },
  {
    name: "blind model",
    args: ["exec", "-m", "offline", "-i", "p.gif", "x"],
    before: ({ repository }) => writeFileSync(join(repository, "p.gif"), "GIF89a"),
    code: 2,
    says: /offline cannot look at pictures; choose another model with -m/,
  },
  {
    name: "resume without id",
    args: ["exec", "resume"],
    code: 2,
    says: /needs a thread id, or --last; see: fettle threads/,
  },
  {
    name: "nothing to resume",
    args: ["exec", "resume", "--last", "x"],
    code: 2,
    says: /no thread was run in .+; see: fettle threads/,
  },
  { name: "unknown thread", args: ["exec", "resume", "0123", "x"], code: 2, says: /0123.*fettle threads/ },
  {
    name: "nothing to undo",
    args: ["undo"],
    code: 2,
    says: /no thread was run in this folder yet; see: fettle threads/,
  },
  {
    name: "turn out of form",
    args: ["undo", "--turn", "x"],
    code: 2,
    says: /--turn must be a whole number above 0, not x/,
  },
  { name: "unknown thread to show", args: ["threads", "show", "0123"], code: 2, says: /0123/ },
  {
    name: "not a git repository",
    args: ["exec", "x"],
    cwd: "..",
    code: 2,
    says: /is not in a git repository; run git init there/,
  },
  {
    name: "unknown key",
    args: ["exec", "-c", "modle=x", "x"],
    code: 2,
    says: /-c modle: unknown key modle; did you mean model\?/,
  },
  { name: "override without value", args: ["exec", "-c", "model", "x"], code: 2, says: /model/ },
  {
    name: "unknown key in the file",
    args: ["exec", "x"],
    before: config('# mine\nmodle = "x"\n'),
    code: 2,
    says: /config\.toml:2: unknown key modle; did you mean model\?/,
  },
  {
    name: "invalid file",
    args: ["exec", "x"],
    before: config('model = "x'),
    code: 2,
    says: /config\.toml:1: invalid TOML: /,
  },
  {
    name: "configuration is a folder",
    args: ["exec", "x"],
    before: ({ home }) => void mkdirSync(join(home, "config.toml"), { recursive: true }),
    code: 2,
    says: /cannot read .*config\.toml \(EISDIR\)/,
  },
  {
    name: "provider without model",
    args: ["exec", "-c", "model_provider=ollama", "x"],
    code: 2,
    says: /no model is named for Ollama: use -m ollama\/MODEL/,
  },
  {
    name: "unknown provider",
    args: ["exec", "-m", "olama/x", "x"],
    code: 2,
    says: /unknown model provider olama: did you mean ollama\?/,
  },
  {
    name: "no key",
    args: ["exec", "-m", "gpt-5", "x"],
    env: { OPENAI_API_KEY: "" },
    code: 2,
    says: /no key for OpenAI: set OPENAI_API_KEY/,
  },
  {
    name: "key file that others can read",
    args: ["exec", "-m", "gpt-5", "x"],
    env: { OPENAI_API_KEY: "" },
    before: ({ home }) => {
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, "auth.json"), "{}");
      chmodSync(join(home, "auth.json"), 0o644);
    },
    code: 2,
    says: /auth\.json can be read by others: run `chmod 600 /,
  },
  {
    name: "relative home",
    args: ["exec", "x"],
    env: { FETTLE_HOME: "state" },
    code: 2,
    says: /FETTLE_HOME must be an absolute path, not "state"/,
  },
  {
    name: "home is a file",
    args: ["exec", "-m", "gpt-5", "x"],
    env: { FETTLE_HOME: join(import.meta.filename, "state") },
    code: 2,
    says: /cannot read .*bad-input\.test\.ts\/state\/config\.toml \(ENOTDIR\).* set FETTLE_HOME to another folder/,
  },
  {
    name: "home that cannot be written",
    args: ["exec", "-m", "gpt-5", "x"],
    before: ({ home }) => {
      mkdirSync(home, { recursive: true });
      // Stands for any refusal; permissions do not stop the superuser.
      writeFileSync(join(home, "threads"), "");
    },
    code: 1,
    says: /Could not make a folder in FETTLE_HOME \(.+\): a file is where a folder must be \(E\w+\); move that file away, or set/,
  },
  { name: "empty patch", args: ["apply-patch"], code: 2, says: /the prompt is empty|the patch is empty/ },
];

describe("bad input", { concurrency: 2 }, () => {
  for (const row of rows)
    test(row.name, async (t) => {
      const scene = await openScene(t);
      row.before?.(scene);
      const args = typeof row.args === "function" ? await row.args(scene) : row.args;
      const done = await scene.fettle(args, {
        ...(row.env === undefined ? {} : { env: row.env }),
        ...(row.input === undefined ? {} : { input: row.input }),
        ...(row.cwd === undefined ? {} : { cwd: join(scene.repository, row.cwd) }),
      });
      const [line = "", ...others] = done.stderr.split("\n");
      assert.deepEqual(
        { code: done.code, stdout: done.stdout, others },
        { code: row.code, stdout: "", others: [""] },
        done.stderr,
      );
      assert.match(line, /^fettle: /);
      assert.match(line, row.says);
      assert.deepEqual(globSync("threads/*/*/*/*.jsonl", { cwd: scene.home }), [], "no thread was begun");
    });
});

const shell = (command: string) => ({ calls: [{ name: "shell", arguments: { command } }] });
const patchOf = (body: string) => ({
  calls: [{ name: "apply_patch", input: `*** Begin Patch\n${body}\n*** End Patch\n` }],
});
/** Few retries, so that giving up does not take long. */
const impatient = (url: string): string[] => [
  ...["-c", `model_providers.near={base_url="${url}",wire_api="responses",request_max_retries=1,stream_max_retries=1}`],
  ...["-m", "near/gpt-5"],
];

describe("bad surroundings", { concurrency: 2 }, () => {
  const failedRun = async (scene: Scene, args: readonly string[]): Promise<string> => {
    const done = await scene.exec(["--json", ...args, "go"]);
    assert.equal(done.code, 1, done.stderr);
    assert.doesNotMatch(done.stderr, /\n {4}at /);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type, "turn.failed");
    const message = last?.type === "turn.failed" ? last.error.message : "";
    assert.doesNotMatch(message, /\n/);
    return message;
  };

  test("an endpoint where nobody listens", async (t) => {
    const url = await refusedBaseUrl();
    const message = await failedRun(await openScene(t), impatient(url));
    assert.ok(message.includes(new URL(url).host), message);
    assert.match(message, /is the server running there\?|ECONNREFUSED/);
  });

  test("a malformed stream", async (t) => {
    const malformed = { text: "So", fault: { type: "malformed" as const } };
    const scene = await openScene(t, { steps: [malformed, malformed] });
    assert.match(await failedRun(scene, impatient(scene.server.baseUrl)), /JSON|malformed|not valid|cannot be read/i);
    assert.equal(scene.server.requests.length, 2);
  });

  test("an unknown model", async (t) => {
    const body = { error: { message: "The model `gpt-5` does not exist", code: "model_not_found" } };
    const scene = await openScene(t, { steps: [{ fault: { type: "status", status: 404, body } }] });
    assert.match(await failedRun(scene, []), /gpt-5/);
    assert.equal(scene.server.requests.length, 1);
  });

  test("patches that leave the workspace, or meet what is not text, change nothing and say why", async (t) => {
    const scene = await openScene(t, {
      steps: [
        patchOf("*** Add File: ../out.txt\n+x"),
        patchOf("*** Add File: /tmp/out-of-the-workspace.txt\n+x"),
        patchOf("*** Add File: .git/hooks/pre-commit\n+x"),
        patchOf("*** Update File: image.bin\n@@\n-x\n+y"),
        patchOf("*** Add File: link/out-of-the-workspace.txt\n+x"),
        patchOf("*** Update File: loop\n@@\n-alpha\n+beta"),
        { calls: [{ name: "apply_patch", input: "make it better" }] },
        { text: "could not" },
      ],
    });
    writeFileSync(join(scene.repository, "image.bin"), Buffer.from([0, 1, 2, 0xff, 0xfe]));
    symlinkSync("/tmp", join(scene.repository, "link"));
    symlinkSync("loop", join(scene.repository, "loop"));
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    const changes = itemsOf(done.events(), "file_change");
    assert.deepEqual(
      changes.map(({ status }) => status),
      Array(7).fill("failed"),
    );
    const words = ["../out.txt", "/tmp/out-of-the-workspace.txt", ".git", "image.bin", "link", "loop", "Begin Patch"];
    for (const [index, word] of words.entries())
      assert.ok(changes[index]?.error?.includes(word), changes[index]?.error);
    assert.deepEqual(
      toolResults(scene.server.requests[7]),
      changes.map(({ error }) => error),
    );
    assert.equal(readFileSync(join(scene.repository, "a.txt"), "utf8"), "alpha\n");
    assert.equal((await scene.fettle(["diff"])).stdout, "");
  });

  test("names with newlines and leading dashes, links that loop, a folder that cannot be read: work goes on, undo works", async (t) => {
    const odd = "line\nbreak.txt";
    const scene = await openScene(t, {
      steps: [
        shell("ls -la . >/dev/null; for f in ./*.txt; do echo changed > \"$f\"; done; touch -- '-new' 'é\n'"),
        patchOf("*** Update File: -rf.txt\n@@\n-changed\n+patched"),
        { text: "done" },
      ],
      files: { "-rf.txt": "dash\n", [odd]: "newline\n" },
    });
    symlinkSync("loop-b", join(scene.repository, "loop-a"));
    symlinkSync("loop-a", join(scene.repository, "loop-b"));
    symlinkSync(".", join(scene.repository, "here"));
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(itemsOf(done.events(), "error"), []);
    assert.equal(readFileSync(join(scene.repository, "-rf.txt"), "utf8"), "patched\n");
    const undone = await scene.fettle(["undo"]);
    assert.equal(undone.code, 0, undone.stderr);
    assert.equal(undone.stdout.split("\n").filter((line) => /^(?:restored|removed) /.test(line)).length, 5);
    assert.equal(readFileSync(join(scene.repository, odd), "utf8"), "newline\n");
    assert.equal(readFileSync(join(scene.repository, "-rf.txt"), "utf8"), "dash\n");
  });

  const assertNothingRan = (scene: Scene, events: readonly ThreadEvent[], why: RegExp): void => {
    const [item] = itemsOf(events, "command_execution");
    assert.deepEqual([item?.status, item?.exit_code], ["failed", undefined]);
    assert.match(item?.error ?? "", why);
    assert.ok((toolResults(scene.server.requests[1])[0] ?? "").includes(item?.error ?? "?"));
    assert.equal(existsSync(join(scene.repository, "made")), false);
  };

  test("without bubblewrap nothing runs unconfined; model and person are told what to install", async (t) => {
    const scene = await openScene(t, { steps: [shell("touch made"), { text: "could not" }] });
    const absent = join(scene.home, "../absent");
    writeFileSync(absent, "");
    assertNothingRan(
      scene,
      await execWithBubblewrap(scene, absent),
      /bubblewrap \(bwrap\) is not installed.*install bubblewrap/,
    );
  });

  test("where the kernel refuses a sandbox nothing runs unconfined, and bubblewrap's own words are told", async (t) => {
    const scene = await openScene(t, { steps: [shell("touch made"), { text: "could not" }] });
    const refusing = join(scene.home, "../refusing");
    const refusal = "bwrap: No permissions to create a new namespace";
    writeFileSync(refusing, `#!/bin/sh\necho "${refusal}" >&2\nexit 1\n`, { mode: 0o755 });
    assertNothingRan(
      scene,
      await execWithBubblewrap(scene, refusing),
      new RegExp(`cannot make a sandbox here \\(${refusal}\\)`),
    );
  });

  test("an answer file that cannot be written is said; the turn stands", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "done" }] });
    const done = await scene.exec(["-o", "a.txt/answer", "go"]);
    assert.deepEqual({ code: done.code, stdout: done.stdout }, { code: 1, stdout: "done\n" });
    assert.match(done.stderr, /\nfettle: -o: .*a\.txt\/answer cannot be written \((?:EEXIST|ENOTDIR)\)\n$/);
    assert.equal(storedLog(scene.home).at(-1)?.type, "turn.completed");
  });

  test("a damaged log is named and left alone", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }] });
    await scene.exec(["go"]);
    const [file = ""] = globSync("threads/*/*/*/*.jsonl", { cwd: scene.home });
    const path = join(scene.home, file);
    const damaged = readFileSync(path, "utf8").replace('"turn.started"', '"turn.startled"');
    writeFileSync(path, damaged);
    const done = await scene.exec(["resume", "--last", "again"]);
    assert.equal(done.code, 1);
    assert.match(done.stderr, /^fettle: Thread \S+ is damaged at line 2 of [^\n]+\n$/);
    assert.equal(readFileSync(path, "utf8"), damaged);
  });
});
