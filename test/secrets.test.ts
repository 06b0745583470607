import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, openScene, type Scene, toolResults } from "./support/scripted-run.ts";

/* Values of secrets reach commands and nothing else: no event, no log, no file of an output, no request. */

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const value = "npm_s3cr3t/Value+0123456789";

const withSecrets = (scene: Scene): void => {
  execFileSync("mkdir", ["-p", scene.home]);
  writeFileSync(join(scene.home, "config.toml"), 'secrets = ["NPM_TOKEN"]\n');
};

/** The files under a folder that hold one of the texts. */
const filesWith = (folder: string, texts: readonly string[]): string[] => {
  const args = ["-rlaF", ...texts.flatMap((text) => ["-e", text]), folder];
  try {
    return execFileSync("grep", args, { encoding: "utf8" }).trimEnd().split("\n");
  } catch (error) {
    assert.equal((error as { status?: number }).status, 1, "grep found nothing");
    return [];
  }
};

describe("exec: secrets", () => {
  test("a command uses a named secret, and nobody sees it", async (t) => {
    const forms = {
      plain: value,
      base64: Buffer.from(value).toString("base64").slice(0, -4),
      inside: Buffer.from(`user:${value}`).toString("base64").slice(8, -4),
      hex: Buffer.from(value).toString("hex"),
      url: encodeURIComponent(value),
    };
    const patch = `*** Begin Patch\n*** Add File: .npmrc-example\n+token=${value}\n*** End Patch\n`;
    const scene = await openScene(t, {
      steps: [
        shell('test ${#NPM_TOKEN} = 27 && echo "it is $NPM_TOKEN$OTHER_TOKEN"'),
        shell('printf %s "${NPM_TOKEN:0:9}"; sleep 0.1; printf %s "${NPM_TOKEN:9}"; exit 3'),
        shell(
          'printf %s "$NPM_TOKEN" | base64; printf %s "user:$NPM_TOKEN" | base64; printf %s "$NPM_TOKEN" | od -An -tx1',
        ),
        shell('for i in $(seq 2000); do echo "$i $NPM_TOKEN"; done'),
        shell(`echo ${value} > /nowhere/at/all`),
        { calls: [{ name: "apply_patch", input: patch }] },
        { calls: [{ name: "shell", arguments: `{"command": "${value}` }] },
        { text: [`the token is ${value.slice(0, 7)}`, value.slice(7)] },
      ],
    });
    withSecrets(scene);
    const done = await scene.exec(["--json", `use ${value}`], {
      env: { NPM_TOKEN: value, OTHER_TOKEN: "not named" },
    });
    assert.equal(done.code, 0, done.stderr);
    const results = toolResults(scene.server.requests[7]);
    assert.match(results[0] ?? "", /^exit 0 .*\nit is \[NPM_TOKEN\]\n$/);
    assert.match(results[1] ?? "", /^exit 3 .*\n\[NPM_TOKEN\]$/);
    assert.match(results[2] ?? "", /\n\[NPM_TOKEN\]\S*\ndXNlcj\S*\[NPM_TOKEN\]\S*\n\s*\[NPM_TOKEN\]\s*$/);
    const commands = itemsOf(done.events(), "command_execution");
    assert.equal(commands[4]?.command, "echo [NPM_TOKEN] > /nowhere/at/all");
    const whole = readFileSync(commands[3]?.output_path ?? "", "utf8");
    assert.match(whole, /^1 \[NPM_TOKEN\]\n2 \[NPM_TOKEN\]\n/);
    assert.match(itemsOf(done.events(), "file_change")[0]?.diff ?? "", /^\+token=\[NPM_TOKEN\]$/m);
    assert.equal(itemsOf(done.events(), "agent_message")[0]?.text, "the token is [NPM_TOKEN]");
    const file = join(scene.repository, ".npmrc-example");
    assert.equal(readFileSync(file, "utf8"), `token=${value}\n`, "what is done is not changed, only what is told");
    assert.deepEqual(filesWith(scene.home, Object.values(forms)), []);
    for (const text of [done.stdout, done.stderr, ...scene.server.requests.map(({ body }) => body)])
      for (const [name, form] of Object.entries(forms)) assert.ok(!text.includes(form), `${name} in ${text}`);
  });

  test("model keys in use are never told either, and what has no secrets is unchanged", async (t) => {
    const key = "sk-test-0123456789abcdef";
    const scene = await openScene(t, { steps: [shell("echo key $OPENAI_API_KEY $PLAIN"), { text: "done" }] });
    const env = { OPENAI_API_KEY: key, PLAIN: "plain words" };
    const done = await scene.exec(["--json", "-s", "danger-full-access", "print it"], { env });
    assert.equal(done.code, 0, done.stderr);
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /\nkey \[OPENAI_API_KEY\] plain words\n$/);
    assert.deepEqual(filesWith(scene.home, [key]), []);
    assert.ok(!done.stdout.includes(key));
    assert.equal(scene.server.requests[0]?.headers.authorization, `Bearer ${key}`);
  });

  test("keys of auth.json, in the answer on standard output and in the file of -o", async (t) => {
    const key = "sk-file-0123456789abcdef";
    const scene = await openScene(t, { steps: [{ text: `your key is ${key}` }] });
    execFileSync("mkdir", ["-p", scene.home]);
    writeFileSync(join(scene.home, "auth.json"), JSON.stringify({ OTHER_KEY: key }), { mode: 0o600 });
    const answer = join(scene.repository, "answer.txt");
    const done = await scene.exec(["what is my key?", "-o", answer]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.stdout, "your key is [OTHER_KEY]\n");
    assert.equal(readFileSync(answer, "utf8").trimEnd(), "your key is [OTHER_KEY]");
  });

  test("a question shows no secret, and no rule that would keep one is offered", async (t) => {
    const scene = await openScene(t, {
      steps: [shell(`rm -rf ${value}`), { text: "done" }],
    });
    withSecrets(scene);
    const file = join(scene.home, "answers.jsonl");
    const match = "rm -rf [NPM_TOKEN]";
    writeFileSync(file, `${JSON.stringify({ kind: "command", match, answer: "once" })}\n`);
    const done = await scene.exec(["--json", "--approval-file", file, "go"], { env: { NPM_TOKEN: value } });
    assert.equal(done.code, 0, done.stderr);
    const [question] = itemsOf(done.events(), "approval");
    assert.equal(question?.subject.kind === "command" ? question.subject.command : "", match);
    assert.deepEqual([question?.answer?.choice, question?.answer?.by], ["once", "program"]);
    assert.deepEqual([question?.choices, question?.proposal], [["once", "thread", "no"], undefined]);
    assert.deepEqual(filesWith(scene.home, [value]), []);
  });
});
