import assert from "node:assert/strict";
import { test } from "node:test";
import { refusedBaseUrl } from "../packages/agent/test/support/scripted-model.ts";
import { itemsOf, openScene, threadIdOf } from "./support/scripted-run.ts";

/* The services beside OpenAI's, through the real program: keys, tools, thinking, and a change of model on the way. */

const env = { OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "key-of-anthropic", GEMINI_API_KEY: "key-of-gemini" };
const at = (baseUrl: string): string[] =>
  ["anthropic", "gemini"].flatMap((id) => ["-c", `model_providers.${id}.base_url=${baseUrl}`]);

test("a thread begins with Claude and goes on with Gemini", async (t) => {
  const scene = await openScene(t, {
    steps: [
      {
        reasoning: { text: "I look first", encrypted: "SIGNED-BY-A" },
        calls: [{ name: "shell", arguments: { command: "cat a.txt" }, id: "toolu_1" }],
        usage: { input: 100, output: 20, cached: 60, written: 30, reasoning: 5 },
      },
      { text: "It says alpha.", usage: { input: 150, output: 5 } },
      {
        reasoning: { text: "Again", encrypted: "SIGNED-BY-G" },
        calls: [{ name: "shell", arguments: { command: "echo beta" }, id: "g1" }],
      },
      { text: "Still alpha." },
    ],
  });
  const first = await scene.fettle(["exec", "--json", ...at(scene.server.baseUrl), "what is in a.txt?"], { env });
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /working with claude-opus-5-5 of Anthropic; there are keys for -m gemini\//);
  const { requests } = scene.server;
  assert.deepEqual([requests[0]?.path, requests[0]?.headers["x-api-key"]], ["/v1/messages", "key-of-anthropic"]);
  assert.ok(requests[1]?.body.includes('"thinking":"I look first","signature":"SIGNED-BY-A"'));
  assert.match(requests[1]?.body ?? "", /"type":"tool_result","tool_use_id":"toolu_1","content":"[^"]*alpha/);
  const completed = first.events().find((event) => event.type === "turn.completed");
  assert.ok(completed?.type === "turn.completed");
  assert.deepEqual(completed.usage, {
    input_tokens: 250,
    cached_input_tokens: 60,
    cache_write_input_tokens: 30,
    output_tokens: 25,
    reasoning_output_tokens: 5,
  });
  assert.equal(itemsOf(first.events(), "reasoning")[0]?.text, "I look first");

  const id = threadIdOf(first.events());
  const again = ["exec", "resume", id, "--json", ...at(scene.server.baseUrl), "-m", "gemini-3.8-flash", "and now?"];
  const second = await scene.fettle(again, { env });
  assert.equal(second.code, 0, second.stderr);
  assert.equal(requests[2]?.path, "/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse");
  assert.equal(requests[2]?.headers["x-goog-api-key"], "key-of-gemini");
  assert.ok(!requests[2]?.body.includes("SIGNED-BY-A") && !requests[2]?.body.includes("I look first"));
  assert.ok(requests[2]?.body.includes("It says alpha."));
  assert.ok(requests[3]?.body.includes('"thoughtSignature":"SIGNED-BY-G"'));
  assert.match(itemsOf(second.events(), "agent_message").at(-1)?.text ?? "", /Still alpha/);
});

test("nothing is discovered where nothing listens", async (t) => {
  const scene = await openScene(t);
  const nobody = await refusedBaseUrl();
  const places = ["ollama", "lmstudio", "llamacpp", "vllm"].flatMap((id) => [
    "-c",
    `model_providers.${id}.base_url=${nobody}`,
  ]);
  const { code, stdout } = await scene.fettle(["models", "--discover", ...places]);
  assert.equal(code, 0);
  assert.match(stdout, /^no server for models answers on this machine/);
});
