import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AutonomyLevel, ThreadEvent } from "@fettle/protocol";
import { openWorkspace } from "@fettle/workspace";
import { createAgentThread } from "../../src/agent-thread.ts";
import { autonomySettings } from "../../src/approvals/autonomy.ts";
import type { Approver } from "../../src/approvals/types.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import { createThread } from "../../src/thread/thread-log.ts";
import type { AgentThread } from "../../src/thread-setup.ts";
import { testChoice } from "../support/remote-choice.ts";
import { startScriptedModel } from "../support/scripted-model.ts";
import type { ScriptedStep } from "../support/scripted-steps.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

export const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
export const done: ScriptedStep = { text: "done" };
export const input = { text: "go", images: [], checks: [] };

export const commands = (events: readonly ThreadEvent[]) =>
  events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "command_execution" ? [event.item] : [],
  );

type Opened = { readonly thread: AgentThread; readonly events: ThreadEvent[]; readonly home: string };

/** A thread in a folder of its own, with a scripted model and this approver. */
export const openThread = async (
  t: TestContext,
  steps: readonly ScriptedStep[],
  approver: Approver,
  level?: AutonomyLevel,
): Promise<Opened> => {
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
    approvals: {
      approver,
      autonomy: autonomySettings({}, { root: workspace.root, ...(level === undefined ? {} : { level }) }),
      home,
      reviewer: null,
    },
    model: createRemoteModel(testChoice(server.baseUrl, "responses")),
    version: "0",
    instructions: "",
    surroundings: "",
    effortChosen: false,
    live: false,
    overBudget: () => null,
    decideRetry: () => ({ type: "give_up" }),
    redaction: null,
    onEvent: (event) => void events.push(event),
  });
  return { thread, events, home };
};
