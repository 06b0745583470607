import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { callsOf, openEditor, prompt, said, started } from "../support/editor.ts";
import { livingProcesses, openScene, storedLog } from "../support/scripted-run.ts";

/* `fettle acp` as an editor uses it. */

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";
const shell = (command: string): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, yield_ms: 600_000 } }],
});
const patch = (input: string): ScriptedStep => ({ calls: [{ name: "apply_patch", input }] });
const change = patch("*** Begin Patch\n*** Update File: a.txt\n@@\n-alpha\n+beta\n*** End Patch\n");
const text = (words: string) => [{ type: "text" as const, text: words }];

describe("fettle acp", { concurrency: 2 }, () => {
  test("says what it can, and answers what it cannot with an error", async (t) => {
    const scene = await openScene(t);
    const editor = await openEditor(t, scene);
    const { agentCapabilities, protocolVersion } = await editor.agent.request("initialize", { protocolVersion: 99 });
    assert.equal(protocolVersion, 1);
    assert.equal(agentCapabilities?.loadSession, true);
    assert.deepEqual(agentCapabilities?.promptCapabilities, { image: true, audio: false, embeddedContext: true });
    const failed = (method: string, params: unknown, message: RegExp) =>
      assert.rejects(editor.agent.request(method, params), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    await failed("session/new", { cwd: "relative", mcpServers: [] }, /cwd: must be an absolute path/);
    await failed("session/new", { cwd: "/nowhere/at/all", mcpServers: [] }, /there is no folder \/nowhere\/at\/all/);
    await failed("session/prompt", { sessionId: "x", prompt: text("hello") }, /there is no session "x"/);
    await failed("no/such", {}, /there is no method no\/such/);
    writeFileSync(join(scene.home, "config.toml"), "model = 5\n");
    await failed("session/new", { cwd: scene.repository, mcpServers: [] }, /config\.toml.*model/);
  });

  test("streams words, thoughts, plans, and tool calls with diffs and output", async (t) => {
    const plan = {
      plan: [
        { step: "look", status: "completed" },
        { step: "change", status: "in_progress" },
      ],
    };
    const scene = await openScene(t, {
      steps: [
        {
          reasoning: { text: "Let me see." },
          text: ["I ", "look."],
          calls: [{ name: "update_plan", arguments: plan }],
        },
        shell("cat a.txt; false"),
        change,
        { text: ["All ", "done."] },
      ],
    });
    const editor = await openEditor(t, scene);
    const { sessionId } = await started(editor, scene.repository);
    const { stopReason } = await prompt(editor, sessionId, "change it");
    assert.equal(stopReason, "end_turn");
    assert.equal(said(editor, sessionId, "agent_message_chunk"), "I look.All done.");
    assert.match(said(editor, sessionId, "agent_thought_chunk"), /^Let me see\./);
    const chunks = editor.updates(sessionId).filter((one) => one.sessionUpdate === "agent_message_chunk");
    assert.equal(chunks.length, 4, "each delta is told as it comes");
    const [told] = editor.updates(sessionId).filter((one) => one.sessionUpdate === "plan");
    assert.deepEqual(told?.sessionUpdate === "plan" && told.entries.map(({ content, status }) => [content, status]), [
      ["look", "completed"],
      ["change", "in_progress"],
    ]);
    const [command, edit] = callsOf(editor, sessionId);
    assert.deepEqual([command?.kind, command?.status, command?.title], ["execute", "failed", "cat a.txt; false"]);
    assert.match(JSON.stringify(command?.content), /alpha.*exit 1/);
    const path = join(scene.repository, "a.txt");
    assert.deepEqual([edit?.kind, edit?.status, edit?.locations], ["edit", "completed", [{ path, line: 1 }]]);
    assert.deepEqual(edit?.content, [{ type: "diff", path, oldText: "alpha\n", newText: "beta\n" }]);
    const usage = editor.updates(sessionId).findLast((one) => one.sessionUpdate === "usage_update");
    assert.ok(usage?.sessionUpdate === "usage_update" && usage.used === 120 && usage.size > 1000);
    for (const line of editor.lines) assert.equal(JSON.parse(line).jsonrpc, "2.0");
  });

  test("a command's output is told while it runs, and a cancel ends it truthfully", async (t) => {
    const nap = `17${process.pid}.25`;
    const scene = await openScene(t, { steps: [shell(`echo begun; sleep ${nap}`), { text: "Resumed." }] });
    const editor = await openEditor(t, scene);
    const { sessionId } = await started(editor, scene.repository);
    const running = prompt(editor, sessionId, "sleep");
    const live = await editor.update(
      sessionId,
      (one) => one.sessionUpdate === "tool_call_update" && JSON.stringify(one.content ?? "").includes("begun"),
    );
    assert.equal("status" in live, false, "it still runs");
    assert.equal(livingProcesses(nap).length > 0, true);
    await editor.agent.notify("session/cancel", { sessionId });
    assert.equal((await running).stopReason, "cancelled");
    assert.deepEqual(livingProcesses(nap), []);
    const [call] = callsOf(editor, sessionId);
    assert.equal(call?.status, "failed");
    assert.match(JSON.stringify(call?.content), /begun.*interrupted/);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
    assert.equal((await prompt(editor, sessionId, "go on")).stopReason, "end_turn");
    assert.equal(said(editor, sessionId, "agent_message_chunk"), "Resumed.");
  });

  test("much output is told in updates of bounded size", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("seq 1 1000000; printf '\\360\\237\\230\\200%.0s' {1..9000}"), { text: "done" }],
    });
    const editor = await openEditor(t, scene);
    const { sessionId } = await started(editor, scene.repository);
    await prompt(editor, sessionId, "count");
    assert.ok(Math.max(...editor.lines.map((line) => line.length)) < 100_000);
    for (const line of editor.lines) assert.ok(!line.includes("\\ud8"), "half of a pair");
    const [call] = callsOf(editor, sessionId);
    assert.match(JSON.stringify(call?.content), /```\\n1\\n2\\n.*bytes left out/);
  });

  test("values of secrets are in nothing that the editor is told", async (t) => {
    const value = "npm_s3cr3t/Value+0123456789";
    const add = `*** Begin Patch\n*** Add File: .npmrc-example\n+token=${value}\n*** End Patch\n`;
    const scene = await openScene(t, {
      steps: [
        {
          reasoning: { text: `hm, ${value}` },
          ...shell('printf %s "${NPM_TOKEN:0:9}"; printf %s "${NPM_TOKEN:9}"; touch x'),
        },
        patch(add),
        { text: [`it is ${value.slice(0, 7)}`, value.slice(7)] },
      ],
    });
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(join(scene.home, "config.toml"), 'secrets = ["NPM_TOKEN"]\nautonomy = "suggest"\n');
    const editor = await openEditor(t, scene, { env: { NPM_TOKEN: value }, answer: () => "once" });
    const { sessionId } = await started(editor, scene.repository);
    await prompt(editor, sessionId, `use ${value}`);
    assert.equal(said(editor, sessionId, "agent_message_chunk"), "it is [NPM_TOKEN]");
    assert.equal(editor.questions.length, 2);
    assert.match(JSON.stringify(callsOf(editor, sessionId)), /\[NPM_TOKEN\]/);
    for (const line of editor.lines) assert.ok(!line.includes(value.slice(4)), line);
  });

  test("asks with fettle's own choices, and hears each of them", async (t) => {
    const scene = await openScene(t, {
      steps: [
        ...["one", "two", "three"].map((name) => shell(`touch ${name}`)),
        { text: "done" },
        shell("touch four"),
        { text: "done" },
      ],
    });
    const given = ["once", "thread", "no", null];
    const editor = await openEditor(t, scene, {
      args: ["-c", "autonomy=edit"],
      answer: () => given.shift() ?? null,
    });
    const { sessionId, modes } = await started(editor, scene.repository);
    assert.equal(modes?.currentModeId, "edit");
    await prompt(editor, sessionId, "touch");
    assert.deepEqual(
      ["one", "two", "three"].map((name) => existsSync(join(scene.repository, name))),
      [true, true, false],
    );
    const [question] = editor.questions;
    assert.deepEqual(
      question?.options.map(({ optionId, kind }) => [optionId, kind]),
      [
        ["once", "allow_once"],
        ["thread", "allow_always"],
        ["always", "allow_always"],
        ["no", "reject_once"],
      ],
    );
    assert.match(JSON.stringify(question?.toolCall.content), /touch one.*because.*always would add/);
    // What was asked and what then ran are one call.
    const calls = callsOf(editor, sessionId);
    assert.deepEqual(
      calls.map(({ title, status }) => [title, status]),
      [
        ["touch one", "completed"],
        ["touch two", "completed"],
        ["touch three", "failed"],
      ],
    );
    await prompt(editor, sessionId, "again");
    assert.equal(existsSync(join(scene.repository, "four")), false);
    const answers = storedLog(scene.home).flatMap((event) =>
      event.type === "item.completed" && event.item.type === "approval" ? [event.item.answer] : [],
    );
    assert.deepEqual(
      answers.map((answer) => [answer?.choice, answer?.by]),
      [
        ["once", "person"],
        ["thread", "person"],
        ["no", "person"],
        ["no", "nobody"],
      ],
    );
  });

  test("'always' writes the rule that was shown; modes are levels, also in the middle of a turn", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("touch one"), shell("touch two"), shell("mkdir three"), { text: "done" }],
    });
    const editor = await openEditor(t, scene, {
      args: ["-c", "autonomy=edit"],
      async answer({ sessionId, toolCall }) {
        if (JSON.stringify(toolCall).includes("touch one")) return "always";
        await editor.agent.request("session/set_mode", { sessionId, modeId: "run" });
        return "once";
      },
    });
    const { sessionId } = await started(editor, scene.repository);
    await prompt(editor, sessionId, "touch");
    assert.match(readFileSync(join(scene.home, "rules.toml"), "utf8"), /touch/);
    assert.equal(editor.questions.length, 2, "mkdir runs without a question at the new level");
    assert.equal(existsSync(join(scene.repository, "three")), true);
    const mode = await editor.update(
      sessionId,
      (one) => one.sessionUpdate === "current_mode_update" && one.currentModeId === "run",
    );
    assert.ok(mode);
  });

  test("embedded context, links to unsaved files and pictures arrive at the model", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "I see." }] });
    const path = join(scene.repository, "a.txt");
    const saved = join(scene.repository, "saved.txt");
    writeFileSync(saved, "as on disk\n");
    const editor = await openEditor(t, scene, { buffers: { [path]: "unsaved alpha\n", [saved]: "as on disk\n" } });
    const { sessionId } = await started(editor, scene.repository);
    await editor.agent.request("session/prompt", {
      sessionId,
      prompt: [
        ...text("compare "),
        { type: "resource_link", uri: `file://${path}`, name: "a.txt" },
        ...text(" with "),
        { type: "resource_link", uri: `file://${saved}`, name: "saved.txt" },
        {
          type: "resource",
          resource: { uri: "file:///elsewhere/b.txt", text: "embedded ``` words\n", mimeType: "text/plain" },
        },
        { type: "image", data: pixel, mimeType: "image/png" },
      ],
    });
    const body = JSON.parse(scene.server.requests[0]?.body ?? "{}");
    const content = body.input.at(-1).content;
    assert.match(
      content[0].text,
      /compare `.*a\.txt` with `.*saved\.txt`.*unsaved changes.*unsaved alpha.*````\nembedded ``` words\n````/s,
    );
    assert.doesNotMatch(content[0].text, /as on disk/);
    assert.equal(content[1].image_url, `data:image/png;base64,${pixel}`);
    await assert.rejects(
      editor.agent.request("session/prompt", {
        sessionId,
        prompt: [{ type: "image", data: "bm8=", mimeType: "image/png" }],
      }),
      /prompt\.0: it is not a PNG/,
    );
  });
});
