import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { configure, filesystem, ownServer } from "./support/mcp.ts";
import { openScene } from "./support/scripted-run.ts";

describe("fettle mcp", { concurrency: 2 }, () => {
  test("add, list, test, remove; what the user wrote stays", async (t) => {
    const scene = await openScene(t);
    const mine = '# mine\nmodel = "gpt-5" # good\n';
    configure(scene, mine);
    const path = join(scene.home, "config.toml");
    const node = process.execPath;
    const added = await scene.fettle([
      "mcp",
      "add",
      "files",
      "--env",
      "A=b=c",
      "--",
      node,
      filesystem,
      "--flag",
      "/tmp",
    ]);
    assert.equal(added.code, 0, added.stderr);
    assert.ok(readFileSync(path, "utf8").startsWith(`${mine}\n[mcp_servers.files]\n`));
    assert.equal((await scene.fettle(["mcp", "add", "web", "--url", "https://mcp.example.org/mcp"])).code, 0);
    const again = await scene.fettle(["mcp", "add", "files", "--", "x"]);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /there is a server files already/);

    const listed = await scene.fettle(["mcp", "list", "--json"]);
    assert.deepEqual(JSON.parse(listed.stdout), [
      {
        ...{ name: "files", enabled: true, required: false, transport: "stdio" },
        ...{ command: node, args: [filesystem, "--flag", "/tmp"], env: ["A"] },
      },
      {
        ...{ name: "web", enabled: true, required: false, transport: "http" },
        ...{ url: "https://mcp.example.org/mcp", logged_in: false },
      },
    ]);
    assert.match(
      (await scene.fettle(["mcp", "list"])).stdout,
      /^files {2}.*\nweb {2}https:\/\/mcp\.example\.org\/mcp\n$/,
    );

    const tested = await scene.fettle(["mcp", "test", "files"]);
    assert.equal(tested.code, 0, tested.stderr);
    assert.match(tested.stdout, /✓ files: \d+ tools, 0 resources, in \d+ ms\n {2}read_file/);

    assert.equal((await scene.fettle(["mcp", "remove", "files"])).code, 0);
    assert.equal((await scene.fettle(["mcp", "remove", "web"])).code, 0);
    assert.equal(readFileSync(path, "utf8"), mine);
    assert.match((await scene.fettle(["mcp", "list"])).stdout, /no MCP server is configured/);
  });

  test("test says what fails", async (t) => {
    const scene = await openScene(t);
    const { url } = scene.server;
    configure(
      scene,
      `[mcp_servers.missing]
command = "no-such-program-here"
[mcp_servers.loud]
command = ${JSON.stringify(process.execPath)}
args = ["-e", "console.error('the database is away'); process.exit(4)"]
[mcp_servers.slow]
command = ${JSON.stringify(process.execPath)}
args = [${JSON.stringify(ownServer)}, "--silent"]
startup_timeout_sec = 0.5
[mcp_servers.page]
url = "${url}/nothing"
[mcp_servers.keyed]
url = "${url}/nothing"
bearer_token_env_var = "NO_SUCH_VARIABLE"
`,
    );
    const said = async (name: string): Promise<string> => {
      const run = await scene.fettle(["mcp", "test", name]);
      assert.equal(run.code, name === "nobody" ? 2 : 1, run.stderr);
      return run.stderr;
    };
    assert.match(await said("missing"), /^fettle: missing: there is no program no-such-program-here\n$/);
    assert.match(await said("loud"), /^fettle: loud: it ended with exit code 4; it says: the database is away\n$/);
    assert.match(await said("slow"), /^fettle: slow: .*timed out/i);
    assert.match(await said("page"), /^fettle: page: .*(404|no route)/);
    assert.match(await said("keyed"), /^fettle: keyed: the variable NO_SUCH_VARIABLE is not set\n$/);
    assert.match(await said("nobody"), /there is no server "nobody"/);
  });

  test("wrong use is told in one line", async (t) => {
    const scene = await openScene(t);
    for (const [args, expected] of [
      [["add"], /a name is needed/],
      [["add", "x"], /either a command after --, or --url/],
      [["add", "x", "--url", "https://e.org", "--", "y"], /either a command after --, or --url/],
      [["add", "x", "--env", "nothing", "--", "y"], /expected NAME=VALUE/],
      [["add", "a b", "--", "y"], /must have a name of letters/],
      [["add", "x", "--url", "ftp://e.org"], /must be an http\(s\) URL/],
      [["frobnicate"], /there is no command mcp "frobnicate"/],
      [["remove", "x"], /there is no server x/],
    ] as const) {
      const run = await scene.fettle(["mcp", ...args]);
      assert.equal(run.code, 2, `${args}: ${run.stderr}`);
      assert.match(run.stderr, expected);
      assert.equal(run.stderr.split("\n").length, 2);
    }
    assert.match((await scene.fettle(["mcp", "--help"])).stdout, /fettle mcp add NAME/);
  });
});
