import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { loadConfig } from "../../src/config/load.ts";
import { applyOverride, parseOverride } from "../../src/config/overrides.ts";
import { nearest } from "../../src/config/validate.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const load = (t: TestContext, toml: string | undefined, overrides: readonly string[] = []) => {
  const home = temporaryFolder(t);
  if (toml !== undefined) writeFileSync(join(home, "config.toml"), toml);
  return { path: join(home, "config.toml"), loaded: loadConfig({ home, overrides, env: {} }) };
};

test("no file is an empty configuration", async (t) => {
  assert.deepEqual(await load(t, undefined).loaded, { ok: true, config: {}, ignored: [] });
  assert.deepEqual(await load(t, "").loaded, { ok: true, config: {}, ignored: [] });
});

test("a whole file, with keys that only Codex has", async (t) => {
  const toml = `
model = "gpt-5"
model_provider = "gateway"
sandbox_mode = "workspace-write"
file_opener = "none"
[sandbox_workspace_write]
network_access = true
writable_roots = ["/srv/cache"]
[model_providers.gateway]
base_url = "https://gateway.example/v1"
wire_api = "chat"
env_key = "GATEWAY_KEY"
http_headers = { "X-Team" = "blue" }
[tui]
theme = "dark"
[mcp_servers.x]
command = "y"
`;
  assert.deepEqual(await load(t, toml).loaded, {
    ok: true,
    config: {
      model: "gpt-5",
      model_provider: "gateway",
      sandbox_mode: "workspace-write",
      sandbox_workspace_write: { network_access: true, writable_roots: ["/srv/cache"] },
      model_providers: {
        gateway: {
          base_url: "https://gateway.example/v1",
          wire_api: "chat",
          env_key: "GATEWAY_KEY",
          http_headers: { "X-Team": "blue" },
        },
      },
      mcp_servers: { x: { command: "y" } },
    },
    ignored: ["file_opener", "tui"],
  });
});

test("what is wrong is said in one line, with its place", async (t) => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['model = "a"\nmodle = "b"\n', /config\.toml:2: unknown key modle; did you mean model\?$/],
    ["zzzzzzzzzz = 1\n", /config\.toml:1: unknown key zzzzzzzzzz$/],
    [
      "[sandbox_workspace_write]\nnetwork_acess = true\n",
      /:2: unknown key sandbox_workspace_write\.network_acess; did you mean sandbox_workspace_write\.network_access\?$/,
    ],
    [
      '[model_providers.x]\nbase_urll = "http://x"\n',
      /:2: unknown key model_providers\.x\.base_urll; did you mean model_providers\.x\.base_url\?$/,
    ],
    ["[terminal]\nvmi = true\n", /:2: unknown key terminal\.vmi; did you mean terminal\.vim\?$/],
    ["[terminal.keys]\nsubmit = 3\n", /:2: terminal\.keys\.submit must be of type string$/],
    ['sandbox_mode = "open"\n', /:1: sandbox_mode must be one of read-only, workspace-write, danger-full-access$/],
    ["model = 5\n", /:1: model must be of type string$/],
    ['openai_base_url = "ftp://x"\n', /:1: openai_base_url must be an http\(s\) URL$/],
    ['model = "a"\nmodel = \n', /config\.toml:2: invalid TOML: ./],
    ['[sandbox_workspace_write]\nwritable_roots = ["cache"]\n', /writable_roots\.0 must be an absolute path$/],
  ];
  for (const [toml, message] of table) {
    const { loaded } = load(t, toml);
    const result = await loaded;
    assert.ok(!result.ok, toml);
    assert.match(result.message, message);
    assert.ok(!result.message.includes("\n"));
  }
});

test("a file that cannot be read is an error, not an absent one", async (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, "config.toml"));
  const result = await loadConfig({ home, overrides: [], env: {} });
  assert.ok(!result.ok && /cannot read .*config\.toml \(EISDIR\)/.test(result.message));
});

test("options win over the file and go into its tables", async (t) => {
  const overrides = [
    "model=gpt-5-mini",
    'model_reasoning_effort="high"',
    "sandbox_workspace_write.network_access=true",
    'sandbox_workspace_write.writable_roots=["/a", "/b"]',
    'model_providers."my.one".base_url="http://127.0.0.1:9/v1"',
    "model_providers.two={ base_url = 'http://127.0.0.1:8/v1' }",
    "tui.theme=dark",
    "stream_is_no_key=1",
  ];
  const toml = 'model = "gpt-5"\n[sandbox_workspace_write]\nexclude_slash_tmp = true\n';
  const result = await load(t, toml, overrides.slice(0, -1)).loaded;
  assert.deepEqual(result, {
    ok: true,
    config: {
      model: "gpt-5-mini",
      model_reasoning_effort: "high",
      sandbox_workspace_write: { exclude_slash_tmp: true, network_access: true, writable_roots: ["/a", "/b"] },
      model_providers: { "my.one": { base_url: "http://127.0.0.1:9/v1" }, two: { base_url: "http://127.0.0.1:8/v1" } },
    },
    ignored: ["tui"],
  });
  const bad = await load(t, toml, overrides).loaded;
  assert.deepEqual(bad, { ok: false, message: "-c stream_is_no_key: unknown key stream_is_no_key" });
});

test("a value is TOML, or the text that it is", async () => {
  const table: readonly (readonly [string, unknown])[] = [
    ["a=1", 1],
    ["a=-3", -3],
    ["a=1.5", 1.5],
    ["a=true", true],
    ['a="x y"', "x y"],
    ["a='x'", "x"],
    ['a="tab\\t"', "tab\t"],
    ["a=plain", "plain"],
    ["a=two words", "two words"],
    ["a=http://x/y?z=1", "http://x/y?z=1"],
    ["a=", ""],
    ["a=[1, 2]", [1, 2]],
    ["a={ b = 1 }", { b: 1 }],
    ["a=1_000", 1000],
    ["a=[1", "[1"],
    ["a=inf", Number.POSITIVE_INFINITY],
  ];
  for (const [text, value] of table) {
    const parsed = await parseOverride(text);
    assert.ok(parsed.ok, text);
    assert.deepEqual(JSON.stringify(parsed.override.value), JSON.stringify(value), text);
  }
  for (const text of ["a", "=1", "a..b=1", "a b=1", ""]) {
    assert.deepEqual(await parseOverride(text), { ok: false, message: `-c ${text}: expected key=value` });
  }
});

test("an override sets its path and leaves the rest", () => {
  const key = fc.oneof(
    fc.constantFrom("a", "b", "__proto__", "constructor"),
    fc.string({ minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.integer(), (path, value) => {
      const before = { a: { b: 1 }, other: 2 };
      const after = applyOverride(before, { path, value });
      let at: unknown = after;
      for (const name of path) at = Object.getOwnPropertyDescriptor(at, name)?.value;
      assert.equal(at, value);
      assert.deepEqual(before, { a: { b: 1 }, other: 2 });
      if (path[0] !== "other") assert.equal(after.other, 2);
      assert.equal(Object.getPrototypeOf({}), Object.prototype);
    }),
  );
});

test("the nearest name", () => {
  assert.equal(nearest("modle", ["model", "tui"]), "model");
  assert.equal(nearest("olama", ["openai", "ollama"]), "ollama");
  assert.equal(nearest("something_else", ["model", "tui"]), undefined);
});
