import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fettleProgram } from "./support/fettle.ts";
import { openScene, type Scene } from "./support/scripted-run.ts";

/* What a repository brings along counts only after a person has seen exactly that. */

const config = "[sandbox_workspace_write]\nnetwork_access = true\n";
const rules = '[[rule]]\nprefix = ["git", ["push", "fetch"]]\ndecision = "allow"\nrun = "host"\n';

const open = (t: TestContext, files: Record<string, string> = {}): Promise<Scene> =>
  openScene(t, { files: { ".fettle/config.toml": config, "src/deep/x.txt": "x\n", ...files } });

/** Answers the question on a terminal of its own. */
const onTerminal = async (
  scene: Scene,
  command: string,
  answer: string,
): Promise<{ code: number | null; text: string }> => {
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: scene.home,
    FETTLE_HOME: scene.home,
    SHELL: "/bin/sh",
    TERM: "xterm",
  };
  const script = spawn("script", ["-qec", `'${fettleProgram}' ${command}`, "/dev/null"], {
    cwd: scene.repository,
    env,
  });
  let text = "";
  let answered = false;
  script.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (!answered && text.includes("[y/N]")) {
      answered = true;
      script.stdin.write(answer);
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  script.on("error", reject).on("close", resolve);
  const code = await promise;
  return { code, text };
};

describe("fettle trust", { concurrency: 2 }, () => {
  test("shows content and meaning, trusts that content from any subfolder, and shows what changed", async (t) => {
    const scene = await open(t, { ".fettle/rules.toml": rules, ".mcp.json": "{}" });
    const cwd = join(scene.repository, "src/deep");
    const refused = await scene.fettle(["trust"], { cwd });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^fettle: nothing was trusted: .*--yes\n$/);
    assert.match(refused.stdout, / │ network_access = true\n/);
    assert.match(refused.stdout, /! commands get the whole network\n/);
    assert.match(refused.stdout, /! runs without a question OUTSIDE OF THE SANDBOX.*: git \(push\|fetch\) …\n/);
    assert.match(refused.stdout, /\.mcp\.json: .* does not read it\n/);
    assert.match((await scene.fettle(["trust", "--list"])).stdout, /^nothing is trusted\n/);

    const done = await scene.fettle(["trust", "--yes"], { cwd });
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /\ntrusted: \.fettle\/config\.toml, \.fettle\/rules\.toml\n$/);
    assert.match((await scene.fettle(["trust"])).stdout, /all that can be trusted here is trusted\n$/);
    assert.equal(statSync(join(scene.home, "trust")).mode & 0o777, 0o700);

    appendFileSync(join(scene.repository, ".fettle/rules.toml"), '[[rule]]\nprefix = ["make"]\ndecision = "ask"\n');
    const changed = await scene.fettle(["trust"]);
    assert.match(changed.stdout, /rules\.toml — changed since[^\n]*\n(?: {2}│.*\n)*? {2}│ \+prefix = \["make"\]\n/);
    assert.match(
      (await scene.fettle(["trust", "--list"])).stdout,
      /config\.toml — trusted .*\n.*rules\.toml — changed/,
    );
    assert.match((await scene.fettle(["trust", "--remove"], { cwd })).stdout, /^nothing in .* is trusted any more\n$/);
    assert.match((await scene.fettle(["trust", "--list"])).stdout, /^nothing is trusted\n/);
  });

  test("on a terminal only a yes is a yes", async (t) => {
    const scene = await open(t);
    for (const answer of ["\r", "n\r", "\u0004"]) {
      const no = await onTerminal(scene, "trust", answer);
      assert.equal(no.code, 1, no.text);
      assert.match(no.text, /nothing was trusted/);
    }
    assert.match((await scene.fettle(["trust", "--list"])).stdout, /^nothing is trusted\n/);
    const yes = await onTerminal(scene, "trust", "y\r");
    assert.equal(yes.code, 0, yes.text);
    assert.match(yes.text, /trusted: \.fettle\/config\.toml/);
  });

  test("content cannot hide itself from whoever looks", async (t) => {
    const hidden = '# \u001b[2K\u001b]0;title\u0007 rm\u200b \u202eabc\r# gone\nmodel = "gpt-5"\n';
    const scene = await open(t, { ".fettle/config.toml": hidden });
    const { stdout, code, stderr } = await scene.fettle(["trust", "--yes"]);
    assert.match(stdout, / │ # ␛\[2K␛\]0;title\ufffd rm<U\+200B> <U\+202E>abc\ufffd# gone\n/);
    assert.equal(code, 1, "what cannot be used is not trusted");
    assert.match(stderr, /nothing was trusted: \.fettle\/config\.toml:1: invalid TOML/);
  });

  test("a link is never trusted, whatever it points at", async (t) => {
    const scene = await open(t);
    assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
    const path = join(scene.repository, ".fettle/config.toml");
    writeFileSync(join(scene.repository, "elsewhere.toml"), config);
    unlinkSync(path);
    symlinkSync("../elsewhere.toml", path);
    const again = await scene.fettle(["trust", "--yes"]);
    assert.equal(again.code, 1);
    assert.match(again.stdout, /never counts: .*config\.toml is a symbolic link\n/);
    assert.match(again.stdout, /nothing here can be trusted as it is\n$/);
    scene.server.push({ text: "done" });
    const run = await scene.exec(["go"]);
    assert.match(run.stderr, /^\.fettle\/config\.toml: it does not count, because .* is a symbolic link$/m);
  });

  test("usage", async (t) => {
    const scene = await open(t);
    assert.match((await scene.fettle(["trust", "--help"])).stdout, /^Show what this repository's own/);
    assert.equal((await scene.fettle(["trust", "--list", "--yes"])).code, 2);
    assert.equal((await scene.fettle(["trust", "nowhere"])).code, 2);
    assert.equal((await scene.fettle(["trust", "a", "b"])).code, 2);
    assert.match((await scene.fettle(["trust", "--remove"])).stdout, /^nothing was trusted\n$/);
  });
});

describe("the repository's rules", { concurrency: 2 }, () => {
  const decision = async (scene: Scene, command: string): Promise<[string, string]> => {
    const checked = await scene.fettle(["policy", "check", "--json", "--", command], {
      cwd: join(scene.repository, "src/deep"),
    });
    const { decision: said, notes } = JSON.parse(checked.stdout) as { decision: string; notes: string[] };
    return [said, notes.join("\n")];
  };

  test("what forbids counts always, what allows only as it was trusted", async (t) => {
    const never = '[[rule]]\nprefix = ["make", "deploy"]\ndecision = "never"\n';
    const scene = await open(t, { ".fettle/rules.toml": `${rules}${never}` });
    assert.equal((await decision(scene, "make deploy"))[0], "never");
    const [before, note] = await decision(scene, "git push");
    assert.equal(before, "ask");
    assert.match(note, /rules\.toml: its allow rule does not count until the project is trusted/);
    assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
    assert.deepEqual(await decision(scene, "git push"), ["allow", ""]);
    appendFileSync(join(scene.repository, ".fettle/rules.toml"), "# changed\n");
    assert.equal((await decision(scene, "git push"))[0], "ask");
    assert.equal((await decision(scene, "make deploy"))[0], "never");
  });

  test("a run says in one line what of the rules does not count", async (t) => {
    const scene = await open(t, { ".fettle/config.toml": "", ".fettle/rules.toml": rules });
    scene.server.push({ calls: [{ name: "shell", arguments: { command: "touch made" } }] }, { text: "done" });
    const run = await scene.exec(["go"]);
    assert.equal(run.code, 0, run.stderr);
    const lines = run.stderr.split("\n").filter((line) => line.includes("rules.toml"));
    assert.equal(lines.length, 1, run.stderr);
    assert.match(lines[0] ?? "", /its allow rule does not count until the project is trusted; see: fettle trust$/);
  });

  test("rules that cannot be used are not trusted", async (t) => {
    const scene = await open(t, { ".fettle/rules.toml": '[[rule]]\nprefix = ["make"]\ndecision = "perhaps"\n' });
    const refused = await scene.fettle(["trust", "--yes"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /nothing was trusted: \.fettle\/rules\.toml:3: decision must be/);
  });

  test("a link in the place of the rules counts for nothing", async (t) => {
    const scene = await open(t, { "loose.toml": rules });
    symlinkSync("../loose.toml", join(scene.repository, ".fettle/rules.toml"));
    const [said, note] = await decision(scene, "git push");
    assert.equal(said, "ask");
    assert.match(note, /rules\.toml: it does not count, because .* is a symbolic link/);
  });
});

describe("exec and the repository's configuration", { concurrency: 2 }, () => {
  const body = (scene: Scene, at: number): string => scene.server.requests[at]?.body ?? "";

  test("counts once it is trusted and until it changes; options win over it", async (t) => {
    const scene = await open(t, { ".fettle/config.toml": 'model_reasoning_effort = "low"\n' });
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(join(scene.home, "config.toml"), 'model_reasoning_effort = "high"\n');
    scene.server.push(...[1, 2, 3, 4].map(() => ({ text: "done" })));
    const note = /^\.fettle\/config\.toml: it does not count, because nobody trusted it yet; see: fettle trust$/m;
    const cwd = join(scene.repository, "src/deep");
    assert.match((await scene.exec(["go"], { cwd })).stderr, note);
    assert.match(body(scene, 0), /"effort":"high"/);
    assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
    assert.doesNotMatch((await scene.exec(["go"], { cwd })).stderr, /config\.toml/);
    assert.match(body(scene, 1), /"effort":"low"/);
    await scene.exec(["-c", "model_reasoning_effort=medium", "go"]);
    assert.match(body(scene, 2), /"effort":"medium"/);
    appendFileSync(join(scene.repository, ".fettle/config.toml"), "\n");
    assert.match((await scene.exec(["go"])).stderr, /it changed since it was trusted; see: fettle trust$/m);
    assert.match(body(scene, 3), /"effort":"high"/);
  });

  test("never decides where keys go, which secrets commands get, or that there is no sandbox", async (t) => {
    const project = [
      'openai_base_url = "http://127.0.0.1:9/v1"',
      'secrets = ["OPENAI_API_KEY"]',
      'sandbox_mode = "danger-full-access"',
      "[model_providers.openai]",
      'base_url = "http://127.0.0.1:9/v1"',
      'env_key = "HOME"',
    ];
    const scene = await open(t, { ".fettle/config.toml": `${project.join("\n")}\n` });
    assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
    const outside = join(scene.home, "..", "outside");
    scene.server.push(
      { calls: [{ name: "shell", arguments: { command: `env; touch '${outside}'; touch inside` } }] },
      { text: "done" },
    );
    const run = await scene.exec(["--json", "go"], { env: { OPENAI_API_KEY: "sk-0123456789" } });
    assert.equal(run.code, 0, run.stderr);
    const notes = run.stderr.split("\n").filter((line) => line.startsWith(".fettle/config.toml: "));
    assert.equal(notes.length, 1, "one line, however many keys");
    for (const key of ["openai_base_url", "secrets", "sandbox_mode", "model_providers"])
      assert.match(notes[0] ?? "", new RegExp(`^\\S+ of it does not count: .*\\b${key} \\([^)]+\\)`));
    assert.equal(scene.server.requests.length, 2);
    assert.doesNotMatch(body(scene, 1), /OPENAI_API_KEY=/);
    assert.equal(statSync(outside, { throwIfNoEntry: false }), undefined);
    assert.ok(statSync(join(scene.repository, "inside")).isFile());
  });

  test("what would be asked about and what would not is said in words", async (t) => {
    const text =
      'approval_policy = "never"\n[[autonomy_for]]\nlevel = "edit"\nkinds = ["patch"]\npaths = ["docs/**"]\n';
    const scene = await open(t, { ".fettle/config.toml": text });
    const { stdout } = await scene.fettle(["trust", "--yes"]);
    assert.match(stdout, /! nobody is asked: whatever would be a question is refused\n/);
    assert.match(stdout, /! levels for some paths and kinds: "edit" for patch in docs\/\*\*\n/);
  });

  test("a broken store trusts nothing and says so", async (t) => {
    const scene = await open(t, { ".fettle/config.toml": 'model_reasoning_effort = "low"\n' });
    assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
    const folder = join(scene.home, "trust");
    const [name = ""] = readdirSync(folder);
    const path = join(folder, name);
    const good = readFileSync(path, "utf8");
    for (const bad of ["", "{", "{}", good.replace('"version": 1', '"version": 2'), good.replace("low", "high")]) {
      writeFileSync(path, bad);
      scene.server.push({ text: "done" });
      const run = await scene.exec(["go"]);
      assert.equal(run.code, 0);
      assert.match(
        run.stderr,
        /^\.fettle\/config\.toml: it does not count: nothing .* is trusted, because .*see: fettle trust$/m,
      );
      assert.doesNotMatch(scene.server.requests.at(-1)?.body ?? "", /"effort":"low"/);
    }
    assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
    assert.equal(readFileSync(path, "utf8").replace(/"trusted_at".*/, ""), good.replace(/"trusted_at".*/, ""));
  });

  test("names of hook programs cannot write to the terminal or add lines of their own", async (t) => {
    const name = "a\nall is well\u001b[2J\u202e.sh";
    const scene = await open(t, {
      ".fettle/config.toml": '[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = "command"\ncommand = "true"\n',
      [`.fettle/hooks/${name}`]: "true\n",
    });
    const looked = await scene.fettle(["trust", "--yes"]);
    assert.match(looked.stdout, /^\.fettle\/hooks\/a ⏎ all is well␛\[2J<U\+202E>\.sh — not trusted/m);
    const listed = await scene.fettle(["trust", "--list"]);
    appendFileSync(join(scene.repository, ".fettle/hooks", name), "false\n");
    scene.server.push({ text: "done" });
    const run = await scene.exec(["go"]);
    assert.match(run.stderr, /^\.fettle\/hooks\/a ⏎ all is well.*it changed since it was trusted/m);
    for (const text of [looked.stdout, listed.stdout, run.stderr]) {
      assert.doesNotMatch(text, /[\u001b\u202e]/);
      assert.doesNotMatch(text, /^all is well/m);
    }
  });

  test("a repository neither raises what a thread may cost nor says what it is reckoned by; its roles are told in full", async (t) => {
    const text = [
      "budget = { max_tokens = 1000000, max_cost = 0.000001 }",
      'prices."gpt-5" = { input = 0, output = 0 }',
      '[agents.docs]\ndescription = "x"\nmodel = "gpt-5-mini"',
      "[agents.explorer]\nread_only = false\n",
    ].join("\n");
    const scene = await open(t, { ".fettle/config.toml": text });
    const shown = await scene.fettle(["trust", "--yes"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /✗ prices does not count, because it decides when a limit of cost is reached\n/);
    assert.match(shown.stdout, /roles docs \(work goes to the model gpt-5-mini\), explorer \(writes\)\n/);
    writeFileSync(join(scene.home, "config.toml"), "[budget]\nmax_tokens = 1000\nmax_cost = 100\n");
    const calling = { calls: [{ name: "shell", arguments: { command: "true" } }], usage: { input: 2000, output: 10 } };
    scene.server.push(calling, { text: "done" });
    const tokens = await scene.exec(["go"]);
    assert.equal(tokens.code, 4, "of tokens the user's limit is the lower one");
    assert.match(tokens.stderr, /of its 1,000; a higher --max-tokens goes on/);
    const cost = await scene.exec(["resume", "--last", "--max-tokens", "100000", "go on"]);
    assert.equal(cost.code, 4, "of money the repository's, by the prices that hold everywhere");
    assert.match(cost.stderr, /a higher --max-cost goes on/);
  });
});
