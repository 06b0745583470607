import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { byTask, startAgent, waitFor } from "./support/agents.ts";
import { done, shell, userRule } from "./support/approvals.ts";
import { allowTools, call, configure, filesystem, ownServer, serverTables } from "./support/mcp.ts";
import { livingProcesses, openScene, toolResults, wordsOf } from "./support/scripted-run.ts";

describe("agents: MCP servers", { concurrency: 2 }, () => {
  test("a helper that writes has servers of its own, which work in its copy and end with it", async (t) => {
    const scene = await openScene(t);
    const mark = `mark-helper-${process.pid}`;
    const args = [ownServer, "--mark", mark];
    configure(
      scene,
      serverTables({
        own: { args },
        // Its folder is the workspace, and so is what it may write to.
        files: { args: [filesystem, "."], more: 'cwd = "."' },
      }),
    );
    userRule(scene, allowTools("own") + allowTools("files"));
    // What the parent's folder holds when the helper has written and nothing is merged yet.
    let meanwhile: string[] = [];
    const look = (written: readonly string[]): readonly string[] => {
      meanwhile = readdirSync(scene.repository);
      return written;
    };
    scene.server.push(
      ...byTask({
        "share it out": [
          call("own", "leave", { name: "from-parent.txt" }),
          { calls: [startAgent("implementer", "write by servers")] },
          waitFor({ agents: ["a1"], conflicts: "theirs" }),
          done,
        ],
        "write by servers": [
          call("own", "leave", { name: "from-root.txt" }),
          call("files", "write_file", { path: "relative.txt", content: "by a relative path\n" }),
          shell("cat from-root.txt relative.txt"),
          { text: "written", rewrite: look },
        ],
      }),
    );
    const run = await scene.exec(["--json", "share it out"]);
    assert.equal(run.code, 0, run.stderr);
    const helper = scene.server.requests.findLast((request) => wordsOf(request, "user")[0] === "write by servers");
    const [left = "", wrote = "", seen = ""] = toolResults(helper);
    assert.match(left, /worktrees/);
    assert.match(wrote, /Successfully wrote/);
    assert.match(seen, /left by a server\nby a relative path\n/);
    assert.ok(meanwhile.includes("from-parent.txt"));
    assert.ok(!meanwhile.includes("from-root.txt") && !meanwhile.includes("relative.txt"), meanwhile.join(" "));
    for (const name of ["from-parent.txt", "from-root.txt"])
      assert.equal(readFileSync(join(scene.repository, name), "utf8"), "left by a server\n");
    assert.ok(existsSync(join(scene.repository, "relative.txt")));
    assert.deepEqual(livingProcesses(mark), []);
  });

  test("a helper that only reads has none", async (t) => {
    const scene = await openScene(t);
    configure(scene, serverTables({ own: { args: [ownServer] } }));
    scene.server.push(
      ...byTask({
        "ask around": [{ calls: [startAgent("explorer", "look only")] }, waitFor(), done],
        "look only": [{ text: "seen" }],
      }),
    );
    assert.equal((await scene.exec(["ask around"])).code, 0);
    const body = (task: string): string =>
      scene.server.requests.find((request) => wordsOf(request, "user")[0] === task)?.body ?? "";
    assert.match(body("ask around"), /"mcp_call"/);
    assert.doesNotMatch(body("look only"), /"mcp_call"/);
  });
});
