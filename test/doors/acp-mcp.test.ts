import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { McpServer } from "@agentclientprotocol/sdk";
import { done } from "../support/approvals.ts";
import { type Editor, openEditor } from "../support/editor.ts";
import { call, configure, everything, ownServer, search, serverTables } from "../support/mcp.ts";
import { startWebServer } from "../support/mcp-web.ts";
import { livingProcesses, openScene, type Scene, toolResults } from "../support/scripted-run.ts";

/* What an editor knows of MCP servers counts for its session, and for no other. */

const text = (words: string) => [{ type: "text" as const, text: words }];
const secret = "value-that-nobody-sees-51";
const prompt = (editor: Editor, sessionId: string): Promise<{ stopReason: string }> =>
  editor.agent.request("session/prompt", { sessionId, prompt: text("go") });
const begin = async (editor: Editor, scene: Scene, mcpServers: McpServer[]): Promise<string> =>
  (await editor.agent.request("session/new", { cwd: scene.repository, mcpServers })).sessionId;
const own = (name: string, mark = "unmarked"): McpServer => ({
  name,
  command: process.execPath,
  args: [ownServer, "--mark", mark],
  env: [{ name: "DATABASE_PASSWORD", value: secret }],
});
const last = (scene: Scene): string => toolResults(scene.server.requests.at(-1)).at(-1) ?? "";
const stored = (scene: Scene): string =>
  globSync("threads/**/*.*", { cwd: scene.home })
    .map((file) => readFileSync(join(scene.home, file), "utf8"))
    .join("\n");

describe("acp: the editor's MCP servers", { concurrency: 2 }, () => {
  test("commands and URLs are used with permission, under names of their own, with nothing of their secrets kept", async (t) => {
    const web = await startWebServer();
    t.after(() => web.close());
    web.accept(secret);
    const scene = await openScene(t);
    configure(scene, serverTables({ files: { args: [everything] } }));
    const editor = await openEditor(t, scene, { answer: () => "once" });
    const headers = [{ name: "Authorization", value: `Bearer ${secret}` }];
    const sessionId = await begin(editor, scene, [
      own("files"),
      own("My Tools!"),
      { type: "http", name: "web", url: web.url, headers },
    ]);
    scene.server.push(search("where"), call("My-Tools-", "where"), call("web", "greet"), done);
    assert.equal((await prompt(editor, sessionId)).stopReason, "end_turn");
    const [found = "", where = "", greeted = ""] = toolResults(scene.server.requests.at(-1));
    for (const name of ["files-2", "My-Tools-"]) assert.match(found, new RegExp(`server "${name}", tool "where"`));
    assert.match(where, /DATABASE_PASSWORD/);
    assert.match(greeted, /hello/);
    assert.equal(editor.questions.length, 2);
    assert.deepEqual(new Set(web.tokens), new Set([secret]));
    const bodies = scene.server.requests.map(({ body }) => body).join("");
    for (const place of [editor.lines.join(""), editor.stderr(), stored(scene), bodies])
      assert.ok(!place.includes(secret), place.slice(0, 300));

    // "files" is still the configured one.
    scene.server.push(call("files", "echo", { message: "configured" }), done);
    await prompt(editor, sessionId);
    assert.match(last(scene), /Echo: configured/);
  });

  test("are no other session's, and go with their own", async (t) => {
    const scene = await openScene(t);
    const editor = await openEditor(t, scene, { answer: () => "once" });
    const mark = `mark-editor-${process.pid}`;
    const [first, second] = [await begin(editor, scene, [own("mine", mark)]), await begin(editor, scene, [])];
    scene.server.push(call("mine", "say", { words: "here" }), done);
    await prompt(editor, first);
    assert.match(last(scene), /here/);
    assert.equal(livingProcesses(mark).length > 0, true);
    scene.server.push(done);
    await prompt(editor, second);
    assert.doesNotMatch(scene.server.requests.at(-1)?.body ?? "", /"mcp_search"/);
    await editor.agent.request("session/close", { sessionId: first });
    assert.deepEqual(livingProcesses(mark), []);

    const cwd = scene.repository;
    for (const method of ["session/load", "session/resume"] as const) {
      await editor.agent.request(method, { sessionId: first, cwd, mcpServers: [own("other", mark)] });
      scene.server.push(call("other", "say", { words: method }), done);
      await prompt(editor, first);
      assert.match(last(scene), new RegExp(method));
    }
    editor.closeInput();
    await editor.ended;
    assert.deepEqual(livingProcesses(mark), []);
  });

  test("of a kind that was not offered are named; what is no server is refused", async (t) => {
    const scene = await openScene(t);
    const editor = await openEditor(t, scene);
    const sse = { type: "sse" as const, name: "old", url: "http://127.0.0.1:9/", headers: [] };
    const sessionId = await begin(editor, scene, [sse]);
    const told = await editor.update(sessionId, (update) =>
      JSON.stringify(update).includes("MCP server old is not used"),
    );
    assert.match(JSON.stringify(told), /streamable HTTP/);
    const file = { type: "http" as const, name: "x", url: "file:///etc/passwd", headers: [] };
    await assert.rejects(begin(editor, scene, [file]), /mcpServers/);
  });
});
