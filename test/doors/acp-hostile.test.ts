import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ScriptedRequest, ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { done, shell } from "../support/approvals.ts";
import { openEditor } from "../support/editor.ts";
import { openScene } from "../support/scripted-run.ts";

/* An editor that breaks the protocol, or changes its mind at any moment, harms its own request alone. */

const text = (words: string) => [{ type: "text" as const, text: words }];
type Answer = { id: number | null; result?: unknown; error?: { code: number } };

describe("acp: a hostile editor", { concurrency: 2 }, () => {
  test("what is no message, no method or no answer to anything is told, and the next request is served", async (t) => {
    const scene = await openScene(t);
    const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: 1 } };
    const lines = [
      ...["no json", "[]", "7", '{"jsonrpc":"1.0"}', "\u0000", JSON.stringify([initialize])],
      JSON.stringify({ jsonrpc: "2.0", id: 99, result: { outcome: { outcome: "selected", optionId: "always" } } }),
      JSON.stringify({ jsonrpc: "2.0", method: "session/cancel", params: { sessionId: "nobody's" } }),
      JSON.stringify({ jsonrpc: "2.0", method: "session/cancel", params: 5 }),
      JSON.stringify({ jsonrpc: "2.0", method: "$/unknown", params: {} }),
      JSON.stringify({ jsonrpc: "2.0", id: 2, method: "__proto__", params: {} }),
      JSON.stringify({ jsonrpc: "2.0", id: 3, method: "session/new", params: { cwd: scene.repository } }),
      "x".repeat(65 << 20),
      JSON.stringify(initialize),
    ];
    const run = await scene.startAny(["acp"], { input: `${lines.join("\n")}\n` }).finished;
    assert.equal(run.code, 0, run.stderr);
    const answers = run.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Answer);
    const codes = (id: number | null) => answers.filter((one) => one.id === id).map((one) => one.error?.code);
    assert.deepEqual(codes(null), [-32700, -32600, -32600, -32600, -32700, -32600, -32600]);
    assert.deepEqual(codes(2), [-32601]);
    assert.deepEqual(codes(3), [-32600]);
    assert.deepEqual(codes(1), [undefined]);
  });

  test("a cancel at any moment of a turn ends that turn, and the next prompt works", async (t) => {
    const scene = await openScene(t);
    const editor = await openEditor(t, scene, { answer: () => "once" });
    const { sessionId } = await editor.agent.request("session/new", { cwd: scene.repository, mcpServers: [] });
    const turn: ScriptedStep[] = [{ text: ["one ", "two"], ...shell("echo a; echo b") }, shell("echo c"), done];
    /** The step that comes next in the turn that was begun last, wherever others were cut. */
    const next = (request: ScriptedRequest): ScriptedStep => {
      const { input } = JSON.parse(request.body) as { input: { role?: string; type?: string }[] };
      const own = input.slice(input.findLastIndex(({ role }) => role === "user"));
      return turn[own.filter(({ type }) => type === "function_call_output").length] ?? done;
    };
    scene.server.push(...Array.from({ length: 200 }, () => next));
    const prompt = (): Promise<{ stopReason: string }> =>
      editor.agent.request("session/prompt", { sessionId, prompt: text("go") });
    const told = (): number => editor.updates(sessionId).length;

    const before = told();
    assert.equal((await prompt()).stopReason, "end_turn");
    const moments = told() - before;
    assert.ok(moments > 4, `${moments} updates`);
    let cancelled = 0;
    for (let moment = 0; moment <= moments; moment += 1) {
      const from = told();
      const ended = prompt();
      // The update after which the cancel is sent; a turn that has fewer of them has ended by then.
      const reached = editor.update(sessionId, () => told() >= from + moment);
      await Promise.race([ended, reached]);
      await editor.agent.notify("session/cancel", { sessionId });
      const { stopReason } = await ended;
      assert.match(stopReason, /^(?:cancelled|end_turn)$/);
      if (stopReason === "cancelled") cancelled += 1;
    }
    assert.ok(cancelled > 1, `${cancelled} of ${moments}`);
    assert.equal((await prompt()).stopReason, "end_turn");
  });
});
