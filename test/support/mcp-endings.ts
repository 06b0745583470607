import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, userRule } from "./approvals.ts";
import type { Finished } from "./fettle.ts";
import { allowTools, call, configure, ownServer, search, serverTables } from "./mcp.ts";
import { appeared, livingProcesses, openScene, printed, type Scene } from "./scripted-run.ts";

/*
 * No process of an MCP server outlives the run: not one that ignores the end of its input and SIGTERM, nor a child of it
 * that left its process group, however the run itself ends.
 */

const patienceMs = 20_000;

/** The kernel takes them down after us, so they are looked for until they are gone. */
const leftOf = async (mark: string): Promise<string[]> => {
  const deadline = performance.now() + patienceMs;
  while (livingProcesses(mark).length > 0 && performance.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
  return livingProcesses(mark);
};

type Ending = (scene: Scene, started: string) => Promise<Finished>;

const endings: Readonly<Record<string, Ending>> = {
  "the run ends": (scene) => {
    scene.server.push(call("own", "say", { words: "a" }), done);
    return scene.exec(["go"]);
  },
  "killed before anything was started": async (scene) => {
    scene.server.push({ fault: { type: "silent" } });
    const run = scene.start(["go"]);
    await scene.server.requested(scene.server.requests.length + 1);
    run.child.kill("SIGKILL");
    return run.finished;
  },
  "killed while the server starts": async (scene, started) => {
    scene.server.push(search());
    const run = scene.start(["go"]);
    await appeared(started);
    run.child.kill("SIGKILL");
    return run.finished;
  },
  "killed while a tool works": async (scene) => {
    scene.server.push(call("own", "hang"));
    const run = scene.start(["--json", "go"]);
    await printed(run, (event) => event.type === "item.updated" && event.item.type === "mcp_tool_call");
    run.child.kill("SIGKILL");
    return run.finished;
  },
  "asked to end while a tool works": async (scene) => {
    scene.server.push(call("own", "hang"));
    const run = scene.start(["--json", "go"]);
    await printed(run, (event) => event.type === "item.updated" && event.item.type === "mcp_tool_call");
    run.child.kill("SIGTERM");
    return run.finished;
  },
};

const rounds = 10;

/** Ten runs of each kind, after which no process of a server is left. */
export const testEndings = (names: readonly string[]): Promise<void> =>
  describe("mcp: no process of a server is left", { concurrency: 2 }, () => {
    for (const name of names)
      test(`${name}, ${rounds} times`, async (t) => {
        const end = endings[name];
        assert.ok(end, name);
        const scene = await openScene(t);
        userRule(scene, allowTools("own"));
        for (let round = 0; round < rounds; round += 1) {
          const started = join(scene.home, `started-${round}`);
          const mark = `mark-${process.pid}-${name.replaceAll(" ", "-")}-${round}`;
          const args = [ownServer, "--stubborn", "--started", started, "--mark", mark];
          configure(scene, serverTables({ own: { args } }));
          await end(scene, started);
          assert.deepEqual(await leftOf(mark), [], `round ${round}`);
        }
      });
  });
