import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ollamaBaseUrl } from "../../src/config/providers.ts";
import { resolveModel } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/schema.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

type Setting = { config?: Config; model?: string; env?: NodeJS.ProcessEnv; auth?: string; mode?: number };

const resolve = async (t: TestContext, { config = {}, model, env = {}, auth, mode = 0o600 }: Setting) => {
  const home = temporaryFolder(t);
  if (auth !== undefined) {
    writeFileSync(join(home, "auth.json"), auth);
    chmodSync(join(home, "auth.json"), mode);
  }
  return resolveModel(config, { env, home, ...(model === undefined ? {} : { model }) });
};

/** The choice in one line: id, wire, URL, key. */
const summary = async (t: TestContext, setting: Setting): Promise<string> => {
  const result = await resolve(t, setting);
  if (!result.ok) return `error: ${result.message}`;
  if (result.choice.kind === "offline") return `offline: ${result.choice.reason}`;
  const { info, provider, key, wireModel } = result.choice;
  return `${info.id} ${wireModel} ${provider.wireApi} ${provider.baseUrl} ${key}`;
};

const gateway: Config = {
  model_providers: { gw: { base_url: "https://gw.example/v1/", wire_api: "chat", env_key: "GW_KEY" } },
};

test("which model is used", async (t) => {
  const openai = "https://api.openai.com/v1";
  const table: readonly (readonly [Setting, string])[] = [
    [{ env: { OPENAI_API_KEY: "k1" } }, `gpt-5 gpt-5 responses ${openai} k1`],
    [{ env: { CODEX_API_KEY: "k2", OPENAI_API_KEY: "k1" } }, `gpt-5 gpt-5 responses ${openai} k2`],
    [{ env: { OPENAI_API_KEY: "k1" }, model: "o3" }, `o3 o3 responses ${openai} k1`],
    [{ env: { OPENAI_API_KEY: "k1" }, model: "openai/o3" }, `o3 o3 responses ${openai} k1`],
    [
      { env: { OPENAI_API_KEY: "k1" }, config: { model: "gpt-5-mini" } },
      `gpt-5-mini gpt-5-mini responses ${openai} k1`,
    ],
    [
      { env: { OPENAI_API_KEY: "k1", OPENAI_BASE_URL: "https://p.example/v1" } },
      "gpt-5 gpt-5 responses https://p.example/v1 k1",
    ],
    [
      {
        env: { OPENAI_API_KEY: "k1", OPENAI_BASE_URL: "https://p.example/v1" },
        config: { openai_base_url: "https://q.example" },
      },
      "gpt-5 gpt-5 responses https://q.example k1",
    ],
    [{ config: { openai_base_url: "http://127.0.0.1:9/v1" } }, "gpt-5 gpt-5 responses http://127.0.0.1:9/v1 null"],
    [{ auth: '{"OPENAI_API_KEY":"k3"}' }, `gpt-5 gpt-5 responses ${openai} k3`],
    [{ auth: '{"openai":"k4","tokens":null}' }, `gpt-5 gpt-5 responses ${openai} k4`],
    [{ auth: '{"OPENAI_API_KEY":"k3"}', env: { OPENAI_API_KEY: "k1" } }, `gpt-5 gpt-5 responses ${openai} k1`],
    [{ model: "ollama/qwen3:8b" }, "ollama/qwen3:8b qwen3:8b chat http://127.0.0.1:11434/v1 null"],
    [{ model: "ollama/x", env: { OLLAMA_HOST: "box:99" } }, "ollama/x x chat http://box:99/v1 null"],
    [
      { model: "vllm/meta-llama/Llama-3.1-8B" },
      "vllm/meta-llama/Llama-3.1-8B meta-llama/Llama-3.1-8B chat http://127.0.0.1:8000/v1 null",
    ],
    [{ model: "lmstudio/a" }, "lmstudio/a a chat http://127.0.0.1:1234/v1 null"],
    [{ model: "llamacpp/a" }, "llamacpp/a a chat http://127.0.0.1:8080/v1 null"],
    [
      { config: gateway, model: "gw/openai/gpt-5", env: { GW_KEY: "g" } },
      "gw/openai/gpt-5 openai/gpt-5 chat https://gw.example/v1 g",
    ],
    [
      { config: { ...gateway, model_provider: "gw", model: "openai/gpt-5" }, env: { GW_KEY: "g" } },
      "gw/openai/gpt-5 openai/gpt-5 chat https://gw.example/v1 g",
    ],
    [
      { config: { ...gateway, model_provider: "gw" }, model: "plain", auth: '{"gw":"file"}' },
      "gw/plain plain chat https://gw.example/v1 file",
    ],
    [{ model: "offline", env: { OPENAI_API_KEY: "k1" } }, "offline: the offline engine was asked for"],
    [{ config: { model: "offline" } }, "offline: the offline engine was asked for"],
  ];
  for (const [setting, expected] of table) assert.equal(await summary(t, setting), expected);
});

const anthropic = "anthropic https://api.anthropic.com/v1";
const google = "gemini https://generativelanguage.googleapis.com/v1beta";

test("a key alone chooses its service; a name that tells its service goes there", async (t) => {
  const all = { OPENAI_API_KEY: "o", ANTHROPIC_API_KEY: "a", GEMINI_API_KEY: "g", GOOGLE_API_KEY: "h" };
  const { OPENAI_API_KEY: _, ...others } = all;
  const opus = `anthropic/claude-opus-5-5 claude-opus-5-5 ${anthropic} a`;
  const flash = `gemini/gemini-3.8-flash gemini-3.8-flash ${google} g`;
  const sonnet = `anthropic/claude-sonnet-5-5 claude-sonnet-5-5 ${anthropic} a`;
  const table: readonly (readonly [Setting, string])[] = [
    [{ env: all }, "gpt-5 gpt-5 responses https://api.openai.com/v1 o"],
    [{ env: others }, opus],
    [{ env: { GEMINI_API_KEY: "g", GOOGLE_API_KEY: "h" } }, flash],
    [{ env: { GOOGLE_API_KEY: "g" } }, flash],
    [{ auth: '{"anthropic":"a"}' }, opus],
    [{ env: all, config: { model_provider: "gemini" } }, flash],
    [{ env: all, model: "claude-sonnet-5-5" }, sonnet],
    [{ env: all, model: "anthropic/claude-sonnet-5-5" }, sonnet],
    [{ env: all, config: { model: "claude-sonnet-5-5" } }, sonnet],
    [{ env: all, model: "gemini-2.5-pro" }, `gemini/gemini-2.5-pro gemini-2.5-pro ${google} g`],
    [
      { env: all, config: { openai_base_url: "https://gw.example/v1" }, model: "claude-sonnet-5-5" },
      "claude-sonnet-5-5 claude-sonnet-5-5 responses https://gw.example/v1 o",
    ],
    [
      { env: { ...all, OPENAI_BASE_URL: "https://gw.example/v1" }, model: "claude-sonnet-5-5" },
      "claude-sonnet-5-5 claude-sonnet-5-5 responses https://gw.example/v1 o",
    ],
    [
      { config: { ...gateway, model_provider: "gw" }, model: "claude-sonnet-5-5", env: { GW_KEY: "g" } },
      "gw/claude-sonnet-5-5 claude-sonnet-5-5 chat https://gw.example/v1 g",
    ],
  ];
  for (const [setting, expected] of table) assert.equal(await summary(t, setting), expected);
  const notes = [];
  for (const env of [all, others, { GEMINI_API_KEY: "g" }]) {
    const result = await resolve(t, { env });
    notes.push(result.ok ? result.note : result.message);
  }
  assert.deepEqual(notes, [
    "working with gpt-5 of OpenAI; there are keys for -m anthropic/claude-opus-5-5 or -m gemini/gemini-3.8-flash too",
    "working with claude-opus-5-5 of Anthropic; there are keys for -m gemini/gemini-3.8-flash too",
    undefined,
  ]);
});

test("what is missing is said before any request", async (t) => {
  const table: readonly (readonly [Setting, RegExp])[] = [
    [{}, /^offline: no model is configured: set OPENAI_API_KEY/],
    [{ env: { OPENAI_API_KEY: " " } }, /^offline/],
    [{ model: "gpt-5" }, /^error: no key for OpenAI: set OPENAI_API_KEY or CODEX_API_KEY/],
    [{ config: { model: "gpt-5" } }, /^error: no key for OpenAI/],
    [{ model: "claude-opus-5-5" }, /^error: no key for Anthropic: set ANTHROPIC_API_KEY, or put it into .*auth\.json/],
    [{ model: "gemini/x" }, /^error: no key for Gemini: set GEMINI_API_KEY or GOOGLE_API_KEY,/],
    [{ config: gateway, model: "gw/x" }, /^error: no key for gw: set GW_KEY/],
    [{ model: "olama/qwen3" }, /^error: unknown model provider olama: did you mean ollama\?/],
    [
      { config: { model_provider: "nowhere", model: "x" } },
      /^error: unknown model provider nowhere: known are openai, anthropic, gemini, ollama/,
    ],
    [{ config: { model_provider: "ollama" } }, /^error: no model is named for Ollama/],
    [{ model: "ollama/" }, /^error: no model is named for Ollama/],
    [{ model: "" }, /^error: -m needs/],
    [{ config: { model_providers: { x: {} } }, model: "x/y" }, /^error: model_providers\.x\.base_url is not set/],
    [{ auth: '{"OPENAI_API_KEY":"k"}', mode: 0o644 }, /^error: .*auth\.json can be read by others: run `chmod 600 /],
    [{ auth: "{oops-secret" }, /^error: .*auth\.json is not valid: expected \{"OPENAI_API_KEY": "\.\.\."\}$/],
    [{ auth: '{"OPENAI_API_KEY":5}' }, /^error: .*OPENAI_API_KEY must be a string$/],
  ];
  for (const [setting, expected] of table) assert.match(await summary(t, setting), expected);
});

test("what is known of the model, and what the configuration says better", async (t) => {
  const env = { OPENAI_API_KEY: "k", TEAM: "blue" };
  const known = await resolve(t, { env, model: "gpt-5" });
  assert.ok(known.ok && known.choice.kind === "remote");
  assert.deepEqual(known.choice.info, {
    id: "gpt-5",
    provider: "openai",
    contextWindow: 400_000,
    images: true,
    reasoning: true,
    freeformTools: true,
  });
  assert.deepEqual([known.choice.effort, known.choice.summary], ["medium", "auto"]);
  const config: Config = {
    model_providers: {
      gw: {
        name: "Gateway",
        base_url: "http://gw.example/v1",
        wire_api: "chat",
        http_headers: { "X-A": "1" },
        env_http_headers: { "X-Team": "TEAM", "X-None": "NONE" },
        query_params: { v: "2" },
        request_max_retries: 1,
        stream_max_retries: 2,
        stream_idle_timeout_ms: 3,
      },
    },
    model_reasoning_effort: "high",
    model_reasoning_summary: "none",
    model_context_window: 9000,
  };
  const custom = await resolve(t, { config, env, model: "gw/unheard-of" });
  assert.ok(custom.ok && custom.choice.kind === "remote");
  assert.deepEqual(custom.choice, {
    kind: "remote",
    info: {
      id: "gw/unheard-of",
      provider: "gw",
      contextWindow: 9000,
      images: false,
      reasoning: true,
      freeformTools: false,
    },
    provider: {
      id: "gw",
      name: "Gateway",
      baseUrl: "http://gw.example/v1",
      wireApi: "chat",
      keyVariables: [],
      keyRequired: false,
      headers: { "x-a": "1", "x-team": "blue" },
      query: { v: "2" },
      requestMaxRetries: 1,
      streamMaxRetries: 2,
      streamIdleTimeoutMs: 3,
    },
    key: null,
    wireModel: "unheard-of",
    effort: "high",
    summary: "none",
  });
});

test("OLLAMA_HOST in all its forms", () => {
  const table: readonly (readonly [string, string])[] = [
    ["box", "http://box:11434/v1"],
    ["box:99", "http://box:99/v1"],
    [":99", "http://127.0.0.1:99/v1"],
    ["0.0.0.0", "http://127.0.0.1:11434/v1"],
    ["0.0.0.0:99", "http://127.0.0.1:99/v1"],
    ["http://box:99/", "http://box:99/v1"],
    ["https://box.example", "https://box.example/v1"],
  ];
  for (const [host, url] of table) assert.equal(ollamaBaseUrl(host), url);
});

test("OpenAI's own endpoint compacts conversations; another address only if the configuration says so", async (t) => {
  const table: readonly (readonly [Setting, boolean])[] = [
    [{}, true],
    [{ config: { openai_base_url: "https://api.openai.com/v1/" } }, true],
    [{ config: { model_providers: { openai: { supports_compaction: false } } } }, false],
    [{ config: { openai_base_url: "https://q.example" } }, false],
    [{ env: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "https://p.example/v1" } }, false],
    [
      { config: { openai_base_url: "https://q.example", model_providers: { openai: { supports_compaction: true } } } },
      true,
    ],
    [{ config: gateway, env: { GW_KEY: "k" }, model: "gw/m" }, false],
  ];
  for (const [setting, expected] of table) {
    const result = await resolve(t, { env: { OPENAI_API_KEY: "k" }, ...setting });
    assert.ok(result.ok && result.choice.kind === "remote", JSON.stringify(result));
    assert.equal(result.choice.provider.compaction === true, expected, JSON.stringify(setting));
  }
});
