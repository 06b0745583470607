import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { resolveModel } from "../../src/config/resolve.ts";
import { defaultModels } from "../../src/models/catalogue.ts";
import { requestHeaders } from "../../src/models/provider.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const docs = readFileSync(new URL("../../../../docs/models.md", import.meta.url), "utf8");

test("each configuration in docs/models.md works as it stands and means what it says", async (t) => {
  const home = temporaryFolder(t);
  const env = { ANTHROPIC_API_KEY: "a", WORKSTATION_KEY: "w", GATEWAY_AUTHORIZATION: "Token g" };
  const seen: unknown[] = [];
  for (const [, text = ""] of docs.matchAll(/```toml\n(.*?)```/gs)) {
    writeFileSync(join(home, "config.toml"), text);
    const loaded = await loadConfig({ home, overrides: [], env });
    assert.ok(loaded.ok, loaded.ok ? "" : loaded.message);
    assert.deepEqual(loaded.ignored, []);
    const resolved = await resolveModel(loaded.config, { env, home });
    assert.ok(resolved.ok && resolved.choice.kind === "remote", JSON.stringify(resolved));
    const { info, provider, key, effort } = resolved.choice;
    const { "content-type": _type, "user-agent": _agent, ...headers } = requestHeaders(provider, key);
    seen.push([info.id, provider.baseUrl, effort, headers]);
  }
  const version = { "anthropic-version": "2023-06-01" };
  assert.deepEqual(seen, [
    ["anthropic/claude-sonnet-5-5", "https://api.anthropic.com/v1", "high", { ...version, "x-api-key": "a" }],
    ["workstation/qwen3-coder", "http://127.0.0.1:8080/v1", "medium", { authorization: "Bearer w" }],
    ["gateway/claude-opus-5-5", "https://gateway.example/v1", "medium", { ...version, authorization: "Token g" }],
    [
      "anthropic/claude-opus-5-5",
      "https://eu.gateway.example/anthropic/v1",
      "medium",
      { ...version, "x-api-key": "a" },
    ],
  ]);
});

test("docs/models.md names the models that a key alone chooses", () => {
  for (const [provider, model] of defaultModels) {
    const row = docs.split("\n").find((line) => line.startsWith(`| \`${provider}\``));
    assert.ok(row?.endsWith(`| \`${model}\` |`), row);
  }
});
