import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, userRule } from "./support/approvals.ts";
import { allowTools, call, configure, mcpItems } from "./support/mcp.ts";
import { startWebServer } from "./support/mcp-web.ts";
import { openScene, type Scene, toolResults } from "./support/scripted-run.ts";

/** Logs in as a person would whose browser follows where it is sent. */
const logIn = async (scene: Scene): Promise<number | null> => {
  const { promise: page, resolve } = Promise.withResolvers<string>();
  const run = scene.startAny(["mcp", "login", "web"]);
  run.child.stdout?.on("data", () => {
    const found = /^(http:\S+)$/m.exec(run.stdout())?.[1];
    if (found !== undefined) resolve(found);
  });
  const opened = await Promise.race([page, run.finished.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  // Whoever finds the port without knowing the login's state is not heard.
  const back = new URL(new URL(opened).searchParams.get("redirect_uri") ?? "");
  for (const state of ["?code=evil", "?code=evil&state=guessed", "?error=denied&state="])
    assert.equal((await fetch(new URL(state, back))).status, 404);
  const answer = await fetch(opened);
  assert.match(await answer.text(), /fettle is logged in/);
  return (await run.finished).code;
};

describe("mcp: a server with a login", { concurrency: 2 }, () => {
  test("is used with the token of a login, renewed when it is old, and of no other URL", async (t) => {
    const web = await startWebServer();
    t.after(() => web.close());
    const greet = call("web", "greet");
    const scene = await openScene(t, { steps: [greet, done, greet, done, greet, done, greet, done] });
    configure(scene, `[mcp_servers.web]\nurl = "${web.url}"\n`);
    userRule(scene, allowTools("web"));
    const status = async () => {
      const run = await scene.exec(["--json", "go"]);
      assert.ok(!run.stdout.includes("access-") && !run.stdout.includes("renew-me"), run.stdout);
      return mcpItems(run.events())[0];
    };

    assert.match((await status())?.error?.message ?? "", /it wants a login; run: fettle mcp login web/);
    assert.equal(await logIn(scene), 0);
    const stored = join(scene.home, "mcp-auth.json");
    assert.equal(statSync(stored).mode & 0o777, 0o600);
    assert.match((await scene.fettle(["mcp", "list"])).stdout, /logged in/);
    assert.equal((await status())?.status, "completed");
    assert.match(toolResults(scene.server.requests.at(-1))[0] ?? "", /hello/);

    web.expire();
    assert.equal((await status())?.status, "completed");
    assert.equal(new Set(web.tokens).size, 2);

    const moved = web.url.replace("127.0.0.1", "localhost");
    configure(scene, `[mcp_servers.web]\nurl = "${moved}"\n`);
    const before = web.tokens.length;
    assert.match((await status())?.error?.message ?? "", /wants a login/);
    assert.equal(web.tokens.length, before);

    assert.equal((await scene.fettle(["mcp", "logout", "web"])).code, 0);
    assert.equal(readFileSync(stored, "utf8"), "{}\n");
  });

  test("takes a token from a variable, which is kept out of the log", async (t) => {
    const web = await startWebServer();
    t.after(() => web.close());
    web.accept("fixed-token-of-test");
    const scene = await openScene(t, { steps: [call("web", "greet"), done] });
    configure(scene, `[mcp_servers.web]\nurl = "${web.url}"\nbearer_token_env_var = "WEB_TOKEN"\n`);
    userRule(scene, allowTools("web"));
    const wrong = await scene.fettle(["mcp", "test", "web"], { env: { WEB_TOKEN: "wrong-token" } });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /web: it does not accept the token in WEB_TOKEN/);
    const run = await scene.exec(["--json", "say fixed-token-of-test"], { env: { WEB_TOKEN: "fixed-token-of-test" } });
    assert.equal(mcpItems(run.events())[0]?.status, "completed");
    assert.ok(!run.stdout.includes("fixed-token-of-test"));
    assert.deepEqual(new Set(web.tokens), new Set(["fixed-token-of-test"]));
  });
});
