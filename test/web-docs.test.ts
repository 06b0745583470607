import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { threadItem } from "@fettle/protocol";
import { done } from "./support/approvals.ts";
import { configure } from "./support/mcp.ts";
import { openScene, type Scene } from "./support/scripted-run.ts";

const docs = readFileSync(new URL("../docs/web.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...docs.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);

const toolsWith = async (scene: Scene, configuration: string): Promise<string[]> => {
  configure(scene, configuration);
  const run = await scene.exec(["go"]);
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /configuration/);
  const { tools } = JSON.parse(scene.server.requests.at(-1)?.body ?? "{}") as { tools: { name: string }[] };
  return tools.map(({ name }) => name).filter((name) => /^(?:web|browser|mcp)/.test(name));
};

describe("docs/web.md", () => {
  test("each configuration is read and gives the tools that it says", async (t) => {
    const scene = await openScene(t, { steps: [done, done, done] });
    const [reading = "", browser = "", search = "", ...others] = blocks("toml");
    assert.deepEqual(others, []);
    assert.deepEqual(await toolsWith(scene, reading), ["web_fetch"]);
    assert.deepEqual(await toolsWith(scene, browser), ["browser", "web_fetch"]);
    assert.deepEqual(await toolsWith(scene, search), ["mcp_search", "mcp_call"]);
  });

  test("the item it shows is one", () => {
    const [item = "", ...others] = blocks("json");
    assert.deepEqual(others, []);
    assert.equal(threadItem.parse(JSON.parse(item)).type, "browser");
  });
});
