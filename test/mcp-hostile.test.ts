import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, userRule } from "./support/approvals.ts";
import { allowTools, call, configure, search, serverTables } from "./support/mcp.ts";
import { livingProcesses, openScene, toolResults } from "./support/scripted-run.ts";

/* A server that breaks every promise harms its own call alone: the run goes on, says why, and leaves no process. */

const program = join(import.meta.dirname, "support/programs/hostile-server.ts");

/** What the call says to the model. */
const cases: Readonly<Record<string, RegExp>> = {
  garbage: /after garbage$/,
  strangers: /for you$/,
  floods: /after noise$/,
  storm: /after the storm$/,
  asks: /asked in vain$/,
  dies: /failed: it (?:ended|was ended)/,
  wrongShape: /failed: its answer is not one that the protocol knows$/,
  longError: /failed: (?:[^\p{Cc}]){1,1100}$/u,
  pages: /no harm$/,
  large: /^bad harm · \d+\.\d+ s\ny{1000,}\n… [\d,]+ bytes left out/,
  tooLarge: /failed: it was ended: its message is longer than 64 MB$/,
  endless: /failed: it was ended: its message is longer than 64 MB$/,
};

/** Over HTTP: greets as it should, and answers a call without end, as one body or as one event. */
const startEndless = async (type: string): Promise<{ url: string; close(): void }> => {
  const known: Readonly<Record<string, unknown>> = {
    initialize: {
      ...{ protocolVersion: "2025-06-18", capabilities: { tools: {} } },
      serverInfo: { name: "endless", version: "1" },
    },
    "tools/list": { tools: [{ name: "harm", inputSchema: { type: "object" } }] },
  };
  const piece = `data: ${"x".repeat(1 << 20)}\n`;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, method = "" } = JSON.parse(body === "" ? "{}" : body) as { id?: number; method?: string };
    const result = known[method];
    if (id === undefined) return void response.writeHead(request.method === "GET" ? 405 : 202).end();
    response.writeHead(200, { "content-type": result === undefined ? type : "application/json" });
    if (result !== undefined) return void response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on("drain", more);
    more();
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, close };
};

describe("mcp: a hostile server", { concurrency: 2 }, () => {
  for (const [what, said] of Object.entries(cases))
    test(what, async (t) => {
      const mark = `mark-hostile-${process.pid}-${what}`;
      const scene = await openScene(t, { steps: [search(), call("bad", "harm"), call("good", "harm"), done] });
      configure(scene, serverTables({ bad: { args: [program, what, mark] }, good: { args: [program, "none", mark] } }));
      userRule(scene, allowTools("bad") + allowTools("good"));
      const run = await scene.exec(["--json", "go"]);
      assert.equal(run.code, 0, run.stderr);
      const [, harmed = "", unharmed = ""] = toolResults(scene.server.requests.at(-1));
      assert.match(harmed, said);
      assert.match(unharmed, /no harm$/);
      for (const line of run.stdout.split("\n")) assert.ok(line.length < 200_000, `${line.length} characters`);
      assert.deepEqual(livingProcesses(mark), []);
    });

  for (const type of ["application/json", "text/event-stream"])
    test(`an answer without end over HTTP, ${type}`, async (t) => {
      const web = await startEndless(type);
      t.after(web.close);
      const scene = await openScene(t, { steps: [call("bad", "harm"), done] });
      configure(scene, `[mcp_servers.bad]\nurl = "${web.url}"\n`);
      userRule(scene, allowTools("bad"));
      const run = await scene.exec(["--json", "go"]);
      assert.equal(run.code, 0, run.stderr);
      const [harmed = ""] = toolResults(scene.server.requests.at(-1));
      assert.match(harmed, /failed: it is given up: its message is longer than 64 MB$/);
    });

  test("names", async (t) => {
    const scene = await openScene(t, { steps: [search(), call("bad", "a\u001b[2Jb"), done] });
    configure(scene, serverTables({ bad: { args: [program, "names"] } }));
    userRule(scene, allowTools("bad"));
    const run = await scene.exec(["go"]);
    assert.equal(run.code, 0, run.stderr);
    const [found = "", called = ""] = toolResults(scene.server.requests.at(-1));
    assert.ok(found.length < 2000 && !found.includes("\u001b") && !found.includes("two\nlines"), found);
    assert.match(called, /no harm$/);
    // What a person sees of them moves no cursor and turns no text around.
    const listed = await scene.fettle(["mcp", "test", "bad"]);
    for (const shown of [run.stdout, run.stderr, listed.stdout]) {
      assert.ok(!shown.includes("\u001b[2J") && !shown.includes("\u202e"), JSON.stringify(shown));
    }
  });
});
