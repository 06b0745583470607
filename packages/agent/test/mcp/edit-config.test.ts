import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { addMcpServer, removeMcpServer } from "../../src/mcp/edit-config.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const before = `# my settings
model = "gpt-5"   # the good one

[mcp_servers.docs] # mine
command = "docs-server"

[mcp_servers.docs.env]
# the place
DOCS = "here"

# about the network
[network]
allow = ["example.org"]
`;

test("adding and removing a server leaves every other byte as it is", async (t) => {
  const home = temporaryFolder(t);
  const path = join(home, "config.toml");
  const text = (): string => readFileSync(path, "utf8");
  writeFileSync(path, before);
  const entry = { command: "npx", args: ["-y", 'a "quoted" \\ name'], env: { KEY: "line\nbreak" } };
  assert.equal(await addMcpServer(home, "more", entry), null);
  assert.ok(text().startsWith(before));
  assert.match(text(), /\[mcp_servers\.more\]\ncommand = "npx"\n/);
  assert.match((await addMcpServer(home, "docs", { command: "x" })) ?? "", /there is a server docs already/);
  assert.equal(await removeMcpServer(home, "more"), null);
  assert.equal(text(), `${before}`);
  assert.equal(await removeMcpServer(home, "docs"), null);
  assert.equal(text(), before.replace(/\[mcp_servers\.docs\][\s\S]*?DOCS = "here"\n\n/, ""));
  assert.match((await removeMcpServer(home, "docs")) ?? "", /no server docs/);
});

test("what is written in another way than as tables is left alone", async (t) => {
  const home = temporaryFolder(t);
  const path = join(home, "config.toml");
  for (const text of [
    'mcp_servers.a = { command = "x" }\n',
    '[mcp_servers]\na = { command = "x" }\n',
    'mcp_servers = { a = { command = "x" } }\n',
  ]) {
    writeFileSync(path, text);
    assert.match((await removeMcpServer(home, "a")) ?? "", /by hand/);
    assert.equal(readFileSync(path, "utf8"), text);
  }
  writeFileSync(path, "not toml");
  assert.match((await addMcpServer(home, "b", { command: "x" })) ?? "", /no TOML/);
});

test("a name that is none, or an entry of two kinds, is refused", async (t) => {
  const home = temporaryFolder(t);
  assert.match((await addMcpServer(home, "a b", { command: "x" })) ?? "", /must have a name/);
  assert.match((await addMcpServer(home, "a", { command: "x", url: "https://e.org" })) ?? "", /either command or url/);
});
