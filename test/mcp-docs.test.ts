import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";
import { done } from "./support/approvals.ts";
import { fettleProgram } from "./support/fettle.ts";
import { call, configure, mcpItems } from "./support/mcp.ts";
import { openScene } from "./support/scripted-run.ts";

const docs = readFileSync(new URL("../docs/mcp.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...docs.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);
const installed = resolve(import.meta.dirname, "../node_modules/.bin");
const env = { PATH: `${dirname(fettleProgram)}:${installed}:${process.env.PATH}` };

describe("docs/mcp.md", { concurrency: 2 }, () => {
  test("its commands work as they stand", async (t) => {
    const scene = await openScene(t);
    const [commands = ""] = blocks("sh");
    const lines = commands.split("\n").filter((line) => line !== "" && !line.startsWith("npm "));
    assert.equal(lines.length, 5);
    for (const line of lines) {
      const [program, ...args] = line.split(" ");
      assert.equal(program, "fettle");
      const run = await scene.fettle(args, { env });
      assert.equal(run.code, 0, `${line}: ${run.stderr}`);
      if (args.includes("test")) assert.match(run.stdout, /✓ everything: \d+ tools/);
    }
    assert.match(readFileSync(join(scene.home, "config.toml"), "utf8"), /^\[mcp_servers\.everything\]/);
  });

  test("its configuration and its rule are read, and allow what they say", async (t) => {
    const scene = await openScene(t, {
      steps: [call("everything", "echo", { message: "hi" }), call("everything", "get-env"), done],
    });
    const [servers = "", rule = "", colleague = "", ...others] = blocks("toml");
    assert.deepEqual(others, []);
    configure(scene, `${servers}\n${colleague}`);
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(join(scene.home, "rules.toml"), rule);
    const listed = await scene.fettle(["mcp", "list", "--json"]);
    const names = (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ["everything", "github", "colleague"]);
    const run = await scene.exec(["--json", "go"], { env });
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      mcpItems(run.events()).map(({ tool, status }) => `${tool} ${status}`),
      ["echo completed", "get-env failed"],
    );
    const [client = ""] = blocks("json");
    const { fettle } = (JSON.parse(client) as { mcpServers: Record<string, { command: string; args: string[] }> })
      .mcpServers;
    assert.deepEqual([fettle?.command, ...(fettle?.args ?? [])].slice(0, 4), ["fettle", "mcp", "serve", "-C"]);
  });
});
