import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { discoverModels, listModels } from "../../src/config/list.ts";
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

test("the lists of Anthropic and Google, asked with their own headers", async (t) => {
  const server = await startScriptedModel({ steps: [], models: ["m-1", "m-embedding"] });
  t.after(() => server.close());
  const base_url = server.baseUrl;
  const config: Config = { model_providers: { anthropic: { base_url }, gemini: { base_url } } };
  const env = { ANTHROPIC_API_KEY: "secret-key-1", GEMINI_API_KEY: "secret-key-2" };
  const list = await listModels(config, env, temporaryFolder(t));
  const models = new Map(list.map((status) => [status.id, [status.keySource, status.problem, status.models]]));
  assert.deepEqual(models.get("anthropic"), ["ANTHROPIC_API_KEY", null, ["anthropic/m-1", "anthropic/m-embedding"]]);
  assert.deepEqual(models.get("gemini"), ["GEMINI_API_KEY", null, ["gemini/m-1"]], "only what answers");
});

const localServers = (ollama: string, others: string): Config => ({
  model_providers: {
    ollama: { base_url: ollama },
    lmstudio: { base_url: others },
    llamacpp: { base_url: others },
    vllm: { base_url: others },
    gw: { base_url: ollama, wire_api: "chat" },
  },
});

test("servers of this machine are discovered, and nothing else", async (t) => {
  const server = await startScriptedModel({ steps: [], models: ["qwen3:8b"] });
  t.after(() => server.close());
  const config = localServers(server.baseUrl, await refusedBaseUrl());
  const found = await discoverModels(config, {}, temporaryFolder(t), 60_000);
  assert.deepEqual(
    found.map(({ id, models }) => [id, models]),
    [["ollama", ["ollama/qwen3:8b"]]],
  );
});

test("a program at such a port that says nothing is not waited for", async (t) => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    silent.close();
    silent.closeAllConnections();
  });
  const { port } = silent.address() as AddressInfo;
  const config = localServers(`http://127.0.0.1:${port}/v1`, await refusedBaseUrl());
  assert.deepEqual(await discoverModels(config, {}, temporaryFolder(t), 20), []);
});
