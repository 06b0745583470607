import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ThreadEvent } from "@fettle/protocol";
import { openWorkspace } from "@fettle/workspace";
import { type AgentThread, createAgentThread } from "../../src/agent-thread.ts";
import { autonomySettings } from "../../src/approvals/autonomy.ts";
import type { Approver } from "../../src/approvals/types.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import { createThread } from "../../src/thread/thread-log.ts";
import { testChoice } from "../support/remote-choice.ts";
import { startScriptedModel } from "../support/scripted-model.ts";
import type { ScriptedStep } from "../support/scripted-steps.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/* A thread as a program has it: the approver is a function, and the level is changed by a call. */

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const done: ScriptedStep = { text: "done" };

type Opened = { readonly thread: AgentThread; readonly events: ThreadEvent[] };

const open = async (t: TestContext, steps: readonly ScriptedStep[], approver: Approver): Promise<Opened> => {
  const folder = temporaryFolder(t);
  const [home, root] = [join(folder, "home"), join(folder, "work")];
  mkdirSync(root);
  const server = await startScriptedModel({ steps });
  const log = createThread(home);
  const workspace = await openWorkspace({ root, stateDir: home, threadId: log.id });
  t.after(async () => {
    await workspace.close();
    log.close();
    await server.close();
  });
  const events: ThreadEvent[] = [];
  const thread = createAgentThread({
    log,
    events: [],
    workspace,
    policy: {
      mode: "workspace-write",
      writableRoots: [],
      readableRoots: [],
      network: { kind: "none" },
      hiddenPaths: [],
      secrets: [],
    },
    approvals: { approver, autonomy: autonomySettings({}, { root: workspace.root }), home, reviewer: null },
    model: createRemoteModel(testChoice(server.baseUrl, "responses")),
    version: "0",
    instructions: "",
    surroundings: "",
    live: false,
    decideRetry: () => ({ type: "give_up" }),
    redaction: null,
    onEvent: (event) => void events.push(event),
  });
  return { thread, events };
};

const commands = (events: readonly ThreadEvent[]) =>
  events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "command_execution" ? [event.item] : [],
  );
const input = { text: "go", images: [], checks: [] };

test("a function answers; the level it sets holds from the next command on", async (t) => {
  const asked: string[] = [];
  const { thread, events } = await open(
    t,
    [shell("rm -rf a"), shell("echo b > b"), shell("cat b"), done],
    async (item) => {
      asked.push(item.subject.kind === "command" ? item.subject.command : item.subject.kind);
      thread.setAutonomy("suggest");
      return asked.length === 1
        ? { choice: "once", by: "program" }
        : { choice: "no", by: "program", message: "enough" };
    },
  );
  const { end } = await thread.run(input);
  assert.equal(end.type, "completed");
  assert.deepEqual(asked, ["rm -rf a", "echo b > b"]);
  assert.deepEqual(
    commands(events).map((item) => item.error ?? item.exit_code),
    [0, "the user's answers say no: enough", 1],
  );
  const changes = events.filter((event) => event.type === "autonomy.changed");
  assert.deepEqual(
    changes.map(({ level }) => level),
    ["suggest"],
  );
});

test("an approver that fails is a no with its reason; one that never answers is ended by an interrupt", async (t) => {
  const failing = await open(t, [shell("rm -rf a"), done], async () => {
    throw new Error("the phone is off");
  });
  await failing.thread.run(input);
  assert.match(commands(failing.events)[0]?.error ?? "", /could not be asked: the phone is off/);

  const silent = await open(t, [shell("rm -rf a"), done], (_item, signal) => {
    setImmediate(() => silent.thread.interrupt());
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("too late"))));
  });
  const { end } = await silent.thread.run(input);
  assert.equal(end.type === "failed" && end.failure.code, "interrupted");
  assert.equal(commands(silent.events)[0]?.error, "interrupted");
});

test("questions come one at a time, and what the first answer settles is not asked again", async (t) => {
  let open_ = 0;
  let most = 0;
  let asked = 0;
  const { thread } = await open(t, [done], async () => {
    asked += 1;
    most = Math.max(most, ++open_);
    await new Promise((resolve) => setImmediate(resolve));
    open_ -= 1;
    return { choice: "thread", by: "program" };
  });
  await thread.run(input);
  const request = (host: string) => thread.network.ask({ host, port: 443, protocol: "connect", method: null });
  assert.deepEqual(await Promise.all([request("a.test"), request("a.test"), request("b.test")]), [true, true, true]);
  assert.deepEqual([most, asked], [1, 2]);
});
