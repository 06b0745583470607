import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProviderStatus } from "@fettle/agent";
import { coloursFor } from "../../src/render/colours.ts";
import { discoveredText, providerLines } from "../../src/render/provider-lines.ts";

const plain = coloursFor({ isTTY: false });
const ollama: ProviderStatus = {
  id: "ollama",
  name: "Ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  wireApi: "chat",
  key: "not_needed",
  keySource: null,
  reachable: true,
  problem: null,
  models: ["ollama/qwen3:8b", "ollama/x'; rm -rf ~ \u001b[2J"],
};

test("what was discovered comes with the words to use it, safe to paste", () => {
  assert.equal(
    discoveredText([ollama, { ...ollama, name: "vLLM", baseUrl: "http://127.0.0.1:8000/v1", models: [] }], plain),
    [
      "✓ Ollama (http://127.0.0.1:11434/v1)",
      '    fettle exec -m ollama/qwen3:8b "…"',
      `    fettle exec -m 'ollama/x'\\''; rm -rf ~ ␛[2J' "…"`,
      "✓ vLLM (http://127.0.0.1:8000/v1)",
      "    it has no models yet",
      "",
    ].join("\n"),
  );
  assert.match(discoveredText([], plain), /^no server for models answers on this machine \(.*Ollama.*\)\n$/);
});

test("a provider and why it cannot be used", () => {
  const missing = { ...ollama, id: "anthropic", reachable: null, problem: "set ANTHROPIC_API_KEY", models: [] };
  assert.equal(providerLines(missing, plain), "· anthropic   set ANTHROPIC_API_KEY (http://127.0.0.1:11434/v1)\n");
});
