import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedRequest, ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { byTask, startAgent, storedLogs, waitFor } from "./support/agents.ts";
import { done, ends, shell, userRule } from "./support/approvals.ts";
import { callsOf, openEditor, prompt, started } from "./support/editor.ts";
import { allowTools, call, configure, mcpItems, ownServer, serverTables } from "./support/mcp.ts";
import { livingProcesses, openScene, type Scene, toolResults, wordsOf } from "./support/scripted-run.ts";

/* Parts that were made by themselves, at work in one thread: agents, MCP servers, hooks, skills, instructions, doors. */

const toolsOf = (request: ScriptedRequest | undefined): string[] =>
  (JSON.parse(request?.body ?? "{}") as { tools?: { name: string }[] }).tools?.map(({ name }) => name) ?? [];
/** The last request of the thread that began with these words. */
const lastOf = (scene: Scene, task: string): ScriptedRequest | undefined =>
  scene.server.requests.findLast((request) => wordsOf(request, "user")[0] === task);
const toldIn = (request: ScriptedRequest | undefined, begin: string): string[] =>
  wordsOf(request, "developer").filter((text) => text.startsWith(begin));
const nested = "Instructions of folders";
const named = "The user names the skill";

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

describe("features together", { concurrency: 2 }, () => {
  test("an agent uses MCP tools by the user's rules and hooks; one that only reads has none", async (t) => {
    const scene = await openScene(t, { files: { "sub/AGENTS.md": "rules of sub\n" } });
    const told = join(scene.home, "..", "told.jsonl");
    const hook = (matcher: string, command: string): string =>
      `[[hooks.PreToolUse]]\nmatcher = "${matcher}"\n[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = ${JSON.stringify(command)}\n`;
    const hooks = [
      hook("^mcp__own__say$", `cat >> '${told}'`),
      hook("^mcp__own__touch$", "echo 'no touching' >&2; exit 2"),
    ];
    configure(scene, [serverTables({ own: { args: [ownServer] } }), ...hooks].join("\n"));
    userRule(scene, allowTools("own"));
    scene.server.push(
      ...byTask({
        "share it out": [
          { calls: [startAgent("implementer", "use the tools"), startAgent("explorer", "look only")] },
          waitFor(),
          done,
        ],
        "use the tools": [
          shell("ls sub"),
          call("own", "say", { words: "hello" }),
          call("own", "touch", { path: join(scene.home, "never") }),
          { text: "used" },
        ],
        "look only": [{ text: "looked" }],
      }),
    );
    const run = await scene.exec(["--json", "share it out"]);
    assert.equal(run.code, 0, run.stderr);
    const inAgent = lastOf(scene, "use the tools");
    const [, said = "", refused = ""] = toolResults(inAgent);
    assert.match(said, /own say .*\nhello/);
    assert.match(refused, /not run: a hook refused it: no touching/);
    assert.match(toldIn(inAgent, nested)[0] ?? "", /rules of sub/);
    const heard = JSON.parse(readFileSync(told, "utf8")) as Record<string, unknown>;
    assert.deepEqual(
      [heard.agent_type, heard.tool_name, heard.tool_input],
      ["implementer", "mcp_call", { server: "own", tool: "say", arguments: { words: "hello" } }],
    );
    assert.ok(toolsOf(lastOf(scene, "share it out")).includes("mcp_call"));
    assert.deepEqual(
      toolsOf(lastOf(scene, "look only")).filter((name) => name.startsWith("mcp")),
      [],
    );
    const items = [...storedLogs(scene.home).values()].flatMap((events) => mcpItems(events));
    assert.deepEqual(
      items.map(({ tool, status }) => [tool, status]),
      [["say", "completed"]],
    );
  });

  test("a hook may want a question about one MCP tool that a rule allows", async (t) => {
    const scene = await openScene(t, { steps: [call("own", "say", { words: "hello" }), call("own", "where"), done] });
    const command = JSON.stringify(`printf '{"decision": "ask", "reason": "look at it"}'`);
    const hook = `[[hooks.PreToolUse]]\nmatcher = "own__say"\n[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = ${command}\n`;
    configure(scene, `${serverTables({ own: { args: [ownServer] } })}\n${hook}`);
    userRule(scene, allowTools("own"));
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      mcpItems(run.events()).map(({ tool, status }) => [tool, status]),
      [
        ["say", "failed"],
        ["where", "completed"],
      ],
    );
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /a hook wants a question: look at it/);
  });

  test("what a model gives an agent to do puts no skill to use: its tools stay asked about", async (t) => {
    const scene = await openScene(t);
    write(
      join(scene.home, "skills/maker/SKILL.md"),
      "---\nname: maker\ndescription: Makes.\nallowed-tools: Bash(touch:*)\n---\nMake it.\n",
    );
    scene.server.push(shell("touch mine"), done);
    const person = await scene.exec(["--json", "--autonomy", "edit", "$maker go"]);
    assert.deepEqual(ends(person.events()), [0]);
    scene.server.push(
      ...byTask({
        "share it out": [{ calls: [startAgent("implementer", "$maker go")] }, waitFor(), done],
        "$maker go": [shell("touch made"), done],
      }),
    );
    const run = await scene.exec(["--json", "--autonomy", "edit", "share it out"]);
    assert.equal(run.code, 0, run.stderr);
    const inAgent = lastOf(scene, "$maker go");
    assert.equal(toldIn(inAgent, named).length, 1, "it is told what the skill says");
    assert.match(toolResults(inAgent)[0] ?? "", /not run/);
  });

  test("an editor's session has skills as commands, instructions of folders, and one server for all turns", async (t) => {
    const scene = await openScene(t, {
      files: {
        ".agents/skills/tidy/SKILL.md": "---\nname: tidy\ndescription: Tidies rooms.\n---\nTidy $ARGUMENTS.\n",
        "sub/AGENTS.md": "rules of sub\n",
      },
    });
    const begun = join(scene.home, "begun");
    configure(scene, serverTables({ own: { args: [ownServer, "--started", begun, "--mark", scene.home] } }));
    userRule(scene, allowTools("own"));
    const use = call("own", "say", { words: "hello" });
    scene.server.push(shell("ls sub"), use, done, use, done);
    const editor = await openEditor(t, scene);
    const { sessionId } = await started(editor, scene.repository);
    const offered = await editor.update(sessionId, (one) => one.sessionUpdate === "available_commands_update");
    assert.ok(offered.sessionUpdate === "available_commands_update");
    assert.deepEqual(offered.availableCommands.map(({ name, description }) => [name, description]).at(-1), [
      "tidy",
      "Tidies rooms.",
    ]);
    const first = await prompt(editor, sessionId, "/tidy the blue room");
    assert.equal(first.stopReason, "end_turn");
    const [begin, entered] = scene.server.requests;
    assert.match(toldIn(begin, named)[0] ?? "", /Tidy the blue room\./);
    assert.match(toldIn(entered, nested)[0] ?? "", /rules of sub/);
    const [, shown] = callsOf(editor, sessionId);
    assert.deepEqual([shown?.title, shown?.status], ["own: say", "completed"]);
    assert.match(JSON.stringify(shown?.content), /hello/);
    const pid = readFileSync(begun, "utf8");
    await prompt(editor, sessionId, "again");
    assert.equal(readFileSync(begun, "utf8"), pid, "the second turn uses the server of the first");
    assert.equal(toldIn(scene.server.requests.at(-1), nested).length, 1);
    editor.closeInput();
    assert.equal((await editor.ended).code, 0);
    assert.deepEqual(livingProcesses(`--mark ${scene.home}`), []);
  });

  test("instructions of folders stand before what a provider compacted, and are told again when they change", async (t) => {
    const long = (name: string, input: number): ScriptedStep => ({
      calls: [{ name: "shell", arguments: { command: `seq 1 400 | sed 's/^/${name} /'; cat sub/x.txt` } }],
      usage: { input, output: 20 },
    });
    const small = { usage: { input: 5000, output: 5 } };
    const scene = await openScene(t, {
      files: { "sub/AGENTS.md": "rules of sub\n", "sub/x.txt": "x\n" },
      steps: [
        ...[long("first", 4000), long("second", 17_000)],
        { compaction: "gAAAfirst==", usage: { input: 17_800, output: 60 } },
        { ...shell("cat sub/x.txt"), ...small },
        { ...shell("echo 'new rules' > sub/AGENTS.md"), ...small },
        { ...done, ...small },
        { ...done, ...small },
      ],
    });
    const window = ["-c", "model_providers.openai.supports_compaction=true", "-c", "model_context_window=20000"];
    const run = await scene.exec([...window, "--json", "count"]);
    assert.equal(run.code, 0, run.stderr);
    const [, , asked, after, entered, changed] = scene.server.requests;
    assert.match(asked?.path ?? "", /compact$/);
    const kinds = (JSON.parse(after?.body ?? "{}") as { input: { type: string }[] }).input.map(({ type }) => type);
    assert.deepEqual(kinds.slice(0, 5), ["message", "message", "message", "compaction", "message"]);
    assert.match(toldIn(after, nested).join(), /rules of sub/);
    assert.equal(toldIn(entered, nested).length, 1, "what still stands there is not told again");
    assert.match(toldIn(changed, nested)[1] ?? "", /new rules/);
    const resumed = await scene.exec([...window, "resume", "--last", "and now"]);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.ok(
      isExtension(changed?.body ?? "", scene.server.requests.at(-1)?.body ?? ""),
      "a new process sends the same",
    );
  });
});
