import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { callsOf, type Editor, openEditor, prompt, said, started } from "../support/editor.ts";
import { makeRepository } from "../support/fettle.ts";
import { livingProcesses, openScene, storedLog, wordsOf } from "../support/scripted-run.ts";

/* What becomes of an editor's sessions: side by side, read again, taken back, ended. */

const shell = (command: string): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, yield_ms: 600_000 } }],
});
const add = (path: string): ScriptedStep => ({
  calls: [{ name: "apply_patch", input: `*** Begin Patch\n*** Add File: ${path}\n+text\n*** End Patch\n` }],
});
const begun = (editor: Editor, sessionId: string) =>
  editor.update(
    sessionId,
    (one) => one.sessionUpdate === "tool_call_update" && JSON.stringify(one.content ?? "").includes("begun"),
  );

describe("sessions of fettle acp", { concurrency: 2 }, () => {
  test("two work at the same time and do not hear each other", async (t) => {
    const wait = shell("echo begun; until [ -e go ]; do sleep 0.02; done; cat *.txt");
    const scene = await openScene(t, { steps: [wait, wait, { text: "done" }, { text: "done" }] });
    const other = makeRepository(join(scene.home, "..", "other"), { "b.txt": "bravo\n" });
    const editor = await openEditor(t, scene);
    const sessions = [await started(editor, scene.repository), await started(editor, other)] as const;
    const ids = [sessions[0].sessionId, sessions[1].sessionId] as const;
    const running = ids.map((id) => prompt(editor, id, "wait"));
    await Promise.all(ids.map((id) => begun(editor, id)));
    await assert.rejects(prompt(editor, ids[0], "and now?"), /a turn of this session is running/);
    assert.equal(callsOf(editor, ids[0])[0]?.status, "in_progress", "the refused prompt left it alone");
    for (const folder of [scene.repository, other]) writeFileSync(join(folder, "go"), "");
    assert.deepEqual(
      (await Promise.all(running)).map(({ stopReason }) => stopReason),
      ["end_turn", "end_turn"],
    );
    assert.match(JSON.stringify(callsOf(editor, ids[0])), /alpha/);
    assert.doesNotMatch(JSON.stringify(callsOf(editor, ids[0])), /bravo/);
    assert.match(JSON.stringify(callsOf(editor, ids[1])), /bravo/);
    assert.doesNotMatch(JSON.stringify(callsOf(editor, ids[1])), /alpha/);
  });

  test("one that was killed with -9 is listed, told again and gone on with", async (t) => {
    const scene = await openScene(t, {
      steps: [
        { reasoning: { text: "Hm." }, ...add("new.txt"), text: "I add." },
        shell("echo begun; sleep 600"),
        { text: "Back." },
      ],
    });
    const first = await openEditor(t, scene);
    const { sessionId } = await started(first, scene.repository);
    const running = prompt(first, sessionId, "add a file");
    running.catch(() => {});
    await begun(first, sessionId);
    first.kill("SIGKILL");
    assert.equal((await first.ended).signal, "SIGKILL");

    const second = await openEditor(t, scene);
    const { sessions } = await second.agent.request("session/list", { cwd: scene.repository });
    assert.deepEqual(
      sessions.map((one) => [one.sessionId, one.cwd, one.title]),
      [[sessionId, scene.repository, "add a file"]],
    );
    assert.deepEqual((await second.agent.request("session/list", { cwd: scene.home })).sessions, []);
    const link = join(scene.home, "link");
    symlinkSync(scene.repository, link);
    assert.equal((await second.agent.request("session/list", { cwd: link })).sessions.length, 1);
    await second.agent.request("session/load", { sessionId, cwd: scene.repository, mcpServers: [] });
    const told = second.updates(sessionId);
    assert.deepEqual(told.map((one) => one.sessionUpdate).slice(0, 5), [
      "user_message_chunk",
      "agent_thought_chunk",
      "agent_message_chunk",
      "tool_call",
      "tool_call",
    ]);
    assert.equal(said(second, sessionId, "user_message_chunk"), "add a file");
    const [edit, command] = callsOf(second, sessionId);
    const path = join(scene.repository, "new.txt");
    assert.deepEqual(edit?.content, [{ type: "diff", path, oldText: null, newText: "text\n" }]);
    assert.equal(command?.status, "failed", "what was cut off does not stay open");
    assert.equal((await prompt(second, sessionId, "go on")).stopReason, "end_turn");
    assert.match(
      JSON.stringify(JSON.parse(scene.server.requests.at(-1)?.body ?? "{}").input),
      /stopped before this finished/,
    );

    const third = await openEditor(t, scene);
    await third.agent.request("session/resume", { sessionId, cwd: scene.repository, mcpServers: [] });
    assert.deepEqual(
      third.updates(sessionId).filter((one) => one.sessionUpdate !== "available_commands_update"),
      [],
      "a resumed session is not told again",
    );
    await assert.rejects(
      third.agent.request("session/load", { sessionId: "0".repeat(36), cwd: scene.repository, mcpServers: [] }),
      /0000/,
    );
  });

  test("/undo, /diff and /compact are fettle's own; any other slash is for the model", async (t) => {
    const scene = await openScene(t, {
      steps: [add("new.txt"), { text: "added" }, { text: "notes" }, { text: "as you say" }],
    });
    const editor = await openEditor(t, scene);
    const { sessionId } = await started(editor, scene.repository);
    const offered = await editor.update(sessionId, (one) => one.sessionUpdate === "available_commands_update");
    assert.deepEqual(
      offered.sessionUpdate === "available_commands_update" && offered.availableCommands.map(({ name }) => name),
      ["undo", "diff", "compact"],
    );
    const after = async (words: string): Promise<string> => {
      const before = said(editor, sessionId, "agent_message_chunk").length;
      await prompt(editor, sessionId, words);
      return said(editor, sessionId, "agent_message_chunk").slice(before);
    };
    const path = join(scene.repository, "new.txt");
    await prompt(editor, sessionId, "add it");
    assert.match(await after("/diff"), /turn 1: add it\n\n```diff\n.*\+text/s);
    await after("/compact");
    const compacted = storedLog(scene.home).find((event) => event.type === "thread.compacted");
    assert.ok(compacted?.type === "thread.compacted" && compacted.reason === "command");
    assert.equal(scene.server.requests.length, 3, "only the notes were asked for");
    writeFileSync(path, "my own\n");
    await assert.rejects(after("/undo files force nonsense"), /not "nonsense"/);
    // The compaction was a turn of its own.
    await after("/undo");
    assert.equal(readFileSync(path, "utf8"), "my own\n");
    await assert.rejects(after("/undo"), /"new\.txt" changed since by other hands; \/undo force/);
    assert.match(await after("/undo force"), /removed new\.txt\ntook back turn 1/);
    assert.equal(existsSync(path), false);
    assert.equal(await after("/frobnicate now"), "as you say");
    assert.equal(wordsOf(scene.server.requests.at(-1), "user").at(-1), "/frobnicate now");
  });

  test("a failure is an error of the prompt in one line; a dropped answer is not told twice", async (t) => {
    const scene = await openScene(t, {
      steps: [
        { fault: { type: "status", status: 401, body: { error: { message: "bad key" } } } },
        { text: ["half an "], fault: { type: "cut" } },
        { text: ["half an ", "answer"] },
      ],
    });
    const editor = await openEditor(t, scene, { notices: true });
    const { sessionId } = await started(editor, scene.repository);
    await assert.rejects(prompt(editor, sessionId, "hello"), (error: Error & { data?: unknown }) => {
      assert.match(error.message, /key/i);
      assert.deepEqual(error.data, { code: "authentication" });
      return true;
    });
    await prompt(editor, sessionId, "again");
    assert.equal(said(editor, sessionId, "agent_message_chunk"), "half an \n\n…\n\nhalf an answer");
    const notice = editor.updates(sessionId).find((one) => one.sessionUpdate === "notice");
    assert.match(notice?.sessionUpdate === "notice" ? notice.title : "", /trying again/);
  });

  test("a cancel before the turn began ends that turn, and the next prompt works", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Now." }] });
    const path = join(scene.repository, "a.txt");
    // The cancel comes while the editor is asked for its text.
    const editor = await openEditor(t, scene, {
      buffers: { [path]: "alpha\n" },
      onRead: () => editor.agent.notify("session/cancel", { sessionId }),
    });
    const { sessionId } = await started(editor, scene.repository);
    const linked = [{ type: "resource_link" as const, uri: `file://${path}`, name: "a.txt" }];
    assert.equal((await prompt(editor, sessionId, linked)).stopReason, "cancelled");
    assert.equal(scene.server.requests.length, 0);
    assert.equal((await prompt(editor, sessionId, "again")).stopReason, "end_turn");
    assert.equal(said(editor, sessionId, "agent_message_chunk"), "Now.");
  });

  for (const end of ["SIGTERM", "the end of its input"] as const)
    test(`${end} ends commands, turn and process, and leaves no unused thread`, async (t) => {
      const nap = `18${process.pid}.${end.length}`;
      const scene = await openScene(t, { steps: [shell(`echo begun; sleep ${nap}`)] });
      const editor = await openEditor(t, scene);
      const { sessionId } = await started(editor, scene.repository);
      await started(editor, scene.repository);
      assert.equal(globSync("threads/*/*/*/*.jsonl", { cwd: scene.home }).length, 2);
      const running = prompt(editor, sessionId, "sleep");
      running.catch(() => {});
      await begun(editor, sessionId);
      if (end === "SIGTERM") editor.kill("SIGTERM");
      else editor.closeInput();
      assert.deepEqual(await editor.ended, { code: 0, signal: null });
      assert.deepEqual(livingProcesses(nap), []);
      const last = storedLog(scene.home).at(-1);
      assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
      assert.equal(editor.stderr(), "");
    });
});
