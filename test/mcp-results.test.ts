import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answer, answers, asked, done, userRule } from "./support/approvals.ts";
import { allowTools, call, configure, everything, mcpItems, ownServer, search, serverTables } from "./support/mcp.ts";
import { appeared, livingProcesses, openScene, printed, toolResults } from "./support/scripted-run.ts";

/* What comes back from MCP servers, what goes wrong with them, and what they get. */

describe("mcp: results and faults", { concurrency: 2 }, () => {
  test("a large result is shortened, and lies whole beside the log", async (t) => {
    const scene = await openScene(t, { steps: [call("own", "big", { bytes: 100_000 }), call("own", "fail"), done] });
    configure(scene, serverTables({ own: { args: [ownServer] } }));
    userRule(scene, allowTools("own"));
    const run = await scene.exec(["--json", "go"]);
    const [big, failed] = mcpItems(run.events());
    assert.ok((big?.result?.content[0]?.text.length ?? 0) < 13_000);
    assert.match(big?.result?.content[0]?.text ?? "", /^begin x+\n… .* bytes left out; whole output: .* …\nx+ end$/);
    assert.equal(statSync(big?.output_path ?? "").size, 100_010);
    assert.equal(failed?.status, "failed");
    assert.match(toolResults(scene.server.requests.at(-1))[1] ?? "", /· failed\\?n?\n?.*the tool says no/);
  });

  test("a server that crashes is started once more, and then no more", async (t) => {
    const crash = call("own", "crash");
    const scene = await openScene(t, {
      steps: [
        call("own", "say", { words: "one" }),
        crash,
        call("own", "say", { words: "two" }),
        crash,
        crash,
        crash,
        done,
      ],
    });
    configure(scene, serverTables({ own: { args: [ownServer] } }));
    userRule(scene, allowTools("own"));
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      mcpItems(run.events()).map(({ status }) => status),
      ["completed", "failed", "completed", "failed", "failed", "failed"],
    );
    assert.match(toolResults(scene.server.requests.at(-1))[5] ?? "", /failed twice.*fettle mcp test own/);
  });

  test("what takes too long is cancelled, and progress is shown", async (t) => {
    const scene = await openScene(t);
    const path = join(scene.home, "cancelled");
    scene.server.push(call("own", "hang", { path }), done);
    configure(scene, serverTables({ own: { args: [ownServer], more: "tool_timeout_sec = 0.5" } }));
    userRule(scene, allowTools("own"));
    const run = await scene.exec(["--json", "go"]);
    const [item] = mcpItems(run.events());
    assert.match(item?.error?.message ?? "", /did not answer within 0.5 s/);
    const shown = run
      .events()
      .flatMap((event) => (event.type === "item.updated" && event.item.type === "mcp_tool_call" ? [event.item] : []));
    assert.equal(shown[0]?.progress, "1/2 has begun");
    await appeared(path);
  });

  test("an interrupt ends the call and the turn, and the server with them", async (t) => {
    const scene = await openScene(t);
    const path = join(scene.home, "cancelled");
    const mark = `mark-${process.pid}-interrupt`;
    scene.server.push(call("own", "hang", { path }), done);
    configure(scene, serverTables({ own: { args: [ownServer, "--mark", mark] } }));
    userRule(scene, allowTools("own"));
    const run = scene.start(["--json", "go"]);
    await printed(run, (event) => event.type === "item.updated" && event.item.type === "mcp_tool_call");
    run.child.kill("SIGINT");
    const { code, events } = await run.finished;
    assert.equal(code, 130);
    assert.equal(mcpItems(events())[0]?.error?.message, "interrupted");
    assert.deepEqual(livingProcesses(mark), []);
  });

  test("a server that never answers is given up", async (t) => {
    const scene = await openScene(t, { steps: [call("own", "say"), done] });
    const mark = `mark-${process.pid}-silent`;
    configure(
      scene,
      serverTables({ own: { args: [ownServer, "--silent", "--mark", mark], more: "startup_timeout_sec = 0.5" } }),
    );
    const run = await scene.exec(["--json", "go"]);
    assert.match(mcpItems(run.events())[0]?.error?.message ?? "", /timed out/i);
    assert.deepEqual(livingProcesses(mark), []);
  });

  test("the published server's progress, question, links and roots pass through", async (t) => {
    const steps = [
      call("everything", "trigger-long-running-operation", { duration: 0.05, steps: 3 }),
      call("everything", "trigger-elicitation-request"),
      call("everything", "get-resource-reference", { resourceType: "Text", resourceId: 1 }),
      call("everything", "get-resource-links", { count: 2 }),
      call("everything", "get-roots-list"),
      done,
    ];
    const scene = await openScene(t, { steps });
    configure(scene, serverTables({ everything: { args: [everything] } }));
    userRule(scene, allowTools("everything"));
    const form = { ...answer("everything/*", "once", "elicitation"), message: JSON.stringify({ name: "Ada" }) };
    const run = await scene.exec(["--json", ...answers(scene, form), "go"]);
    assert.equal(run.code, 0, run.stderr);
    const shown = run
      .events()
      .flatMap((event) => (event.type === "item.updated" && event.item.type === "mcp_tool_call" ? [event.item] : []));
    assert.equal(shown[0]?.progress, "1/3");
    const [long = "", asked = "", reference = "", links = "", roots = ""] = toolResults(scene.server.requests.at(-1));
    assert.match(long, /operation completed/);
    assert.match(asked, /Ada/);
    assert.match(reference, /\[resource demo:\/\/resource\/dynamic\/text\/1 \(text\/plain\)\]/);
    assert.match(links, /\[resource demo:\/\/resource\/\S+ "/);
    assert.ok(roots.includes(scene.repository), roots);
  });

  test("a server's question goes to the approver, and is declined when nobody is there", async (t) => {
    const ask = call("own", "question");
    const scene = await openScene(t, { steps: [ask, done, ask, done] });
    configure(scene, serverTables({ own: { args: [ownServer] } }));
    userRule(scene, allowTools("own"));
    const said = { ...answer("own/Which colour?", "once", "elicitation"), message: "blue" };
    const run = await scene.exec(["--json", ...answers(scene, said), "go"]);
    assert.match(
      mcpItems(run.events())[0]?.result?.content[0]?.text ?? "",
      /"action":"accept","content":\{"colour":"blue"\}/,
    );
    assert.deepEqual(asked(run.events()), ["elicitation: once by program"]);
    const alone = await scene.exec(["--json", "go"]);
    assert.match(mcpItems(alone.events())[0]?.result?.content[0]?.text ?? "", /"action":"decline"/);
  });
});

describe("mcp: what a server gets", { concurrency: 2 }, () => {
  test("ordinary variables, those that are named, and no others; secrets stay out of the log", async (t) => {
    const scene = await openScene(t, { steps: [call("own", "where"), done] });
    const more = 'env_vars = ["NAMED_TOKEN"]\nenv = { GIVEN = "plain" }';
    configure(scene, serverTables({ own: { args: [ownServer], more } }));
    userRule(scene, allowTools("own"));
    const env = { NAMED_TOKEN: "s3cret-value-of-test", OTHER_TOKEN: "never-seen-value" };
    const run = await scene.exec(["--json", "go"], { env });
    const text = mcpItems(run.events())[0]?.result?.content[0]?.text ?? "";
    assert.match(text, /"NAMED_TOKEN":"\[NAMED_TOKEN\]"/);
    assert.match(text, /"GIVEN":"plain"/);
    assert.doesNotMatch(text, /OPENAI_API_KEY|OTHER_TOKEN|s3cret|never-seen/);
    // Not the workspace: programs would load what lies there.
    assert.ok(text.includes(`"cwd":${JSON.stringify(scene.home)}`), text);
  });

  test("a program of the workspace is not taken for one of the user's, and its folder is not in PATH", async (t) => {
    const trap = "#!/bin/sh\necho trapped > trapped\n";
    const scene = await openScene(t, { steps: [search(), done], files: { "bin/helper": trap } });
    const path = `${join(scene.repository, "bin")}:${process.env.PATH}`;
    configure(scene, serverTables({ own: { command: "helper", args: [] } }));
    await scene.exec(["go"], { env: { PATH: path } });
    assert.match(toolResults(scene.server.requests.at(-1))[0] ?? "", /own: there is no program helper/);
  });

  test("a repository's own servers count once they are trusted, and never with the user's credentials", async (t) => {
    const entry = serverTables({
      theirs: { args: [ownServer] },
      greedy: { args: [ownServer], more: 'env_vars = ["SECRET"]' },
    });
    const scene = await openScene(t, { steps: [done, done], files: { ".fettle/config.toml": entry } });
    mkdirSync(scene.home, { recursive: true });
    const before = await scene.exec(["go"]);
    assert.match(before.stderr, /nobody trusted it yet/);
    const trusted = await scene.fettle(["trust", "--yes"]);
    assert.match(trusted.stdout, /MCP server theirs is started OUTSIDE OF THE SANDBOX, with your rights: /);
    assert.match(trusted.stdout, /mcp_servers.greedy does not count, because env_vars/);
    const after = await scene.exec(["go"]);
    assert.match(after.stderr, /mcp_servers.greedy/);
    const offered = scene.server.requests.map(({ body }) => /MCP servers \(([^)]*)\)/.exec(body)?.[1]);
    assert.deepEqual(offered, [undefined, "theirs"]);
  });
});
