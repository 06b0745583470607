import assert from "node:assert/strict";
import { test } from "node:test";
import { listModels } from "../../src/config/list.ts";
import type { Config } from "../../src/config/schema.ts";
import { refusedBaseUrl, startScriptedModel } from "../support/scripted-model.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("each provider with its key, whether it answers, and its models", async (t) => {
  const server = await startScriptedModel({ steps: [], models: ["a", "b/c"] });
  t.after(() => server.close());
  const nobody = await refusedBaseUrl();
  const local = (base_url: string) => ({ base_url, wire_api: "chat" as const });
  const config: Config = {
    model_providers: {
      ollama: local(server.baseUrl),
      lmstudio: local(nobody),
      llamacpp: local(`${server.url}/elsewhere`),
      vllm: local(nobody),
      gw: { base_url: server.baseUrl, env_key: "GW_KEY" },
      broken: {},
    },
  };
  const list = await listModels(config, { GW_KEY: "secret-key-1" }, temporaryFolder(t));
  const rows = list.map(({ id, key, keySource, reachable, problem, models }) => [
    id,
    key,
    keySource,
    reachable,
    problem,
    models,
  ]);
  assert.deepEqual(rows, [
    ["openai", "missing", "OPENAI_API_KEY or CODEX_API_KEY", null, "set OPENAI_API_KEY or CODEX_API_KEY", []],
    ["anthropic", "missing", "ANTHROPIC_API_KEY", null, "set ANTHROPIC_API_KEY", []],
    ["gemini", "missing", "GEMINI_API_KEY or GOOGLE_API_KEY", null, "set GEMINI_API_KEY or GOOGLE_API_KEY", []],
    ["ollama", "not_needed", null, true, null, ["ollama/a", "ollama/b/c"]],
    ["lmstudio", "not_needed", null, false, "not reachable (ECONNREFUSED)", []],
    ["llamacpp", "not_needed", null, true, null, ["llamacpp/a", "llamacpp/b/c"]],
    ["vllm", "not_needed", null, false, "not reachable (ECONNREFUSED)", []],
    ["gw", "present", "GW_KEY", true, null, ["gw/a", "gw/b/c"]],
    ["broken", "missing", null, null, "model_providers.broken.base_url is not set", []],
  ]);
  assert.ok(!JSON.stringify(list).includes("secret-key-1"));
});
