import { leaveMessage } from "@fettle/agent";
import type { AgentItem } from "@fettle/protocol";
import { openError } from "../../../open-error.ts";
import { oneLine } from "../../../render/plain-text.ts";
import { CommandError } from "../../../usage-error.ts";
import { type App, listPorts } from "../app.ts";
import { createPicker } from "../full/picker.ts";
import { openWatch } from "../full/watch.ts";
import { ownCommand } from "../outside.ts";
import { messageOf } from "../report.ts";
import { eventsOf } from "./thread.ts";

const helpersOf = async (app: App): Promise<AgentItem[]> => {
  const latest = new Map<string, AgentItem>();
  for (const event of (await eventsOf(app)).events)
    if ((event.type === "item.started" || event.type === "item.completed") && event.item.type === "agent")
      latest.set(event.item.id, event.item);
  return [...latest.values()];
};

const sayTo = (home: string, helper: AgentItem, words: string): void => {
  const left = leaveMessage(home, helper.thread_id, { text: words, at: "call" });
  if (!left.ok) throw openError(left);
};

const watch = (app: App, home: string, helper: AgentItem): void => {
  try {
    const { thread_id: id, name } = helper;
    openWatch(app, home, { id, name, steer: (words) => sayTo(home, helper, words) });
  } catch (error) {
    app.say(messageOf(error));
  }
};

/** `/agents`: the helpers of the thread, to watch, steer and stop. */
export const agents = async (app: App, words: string): Promise<void> => {
  const { home } = await app.engine();
  const all = await helpersOf(app);
  if (all.length === 0) throw new CommandError("this thread has no helpers");
  const [, name = "", message = ""] = /^(\S+)\s+([\s\S]+)$/.exec(words) ?? [];
  if (message !== "") {
    const helper = all.find((one) => one.name === name);
    if (helper === undefined) throw new CommandError(`there is no helper ${name}`);
    sayTo(home, helper, message);
    app.say(`${name} gets it with its next step`);
    return;
  }
  const options = all.map((one) => ({
    value: one,
    label: `${one.name} (${one.role}, ${one.status.replace("_", " ")})`,
    detail: oneLine(one.task, 200),
  }));
  app.open(
    createPicker({
      title: "helpers: Enter watches one",
      options,
      preview: async (one) => (await ownCommand(["threads", "show", one.thread_id], process.cwd())).text.slice(-4000),
      chosen: (one) => queueMicrotask(() => watch(app, home, one)),
      ...listPorts(app),
    }),
  );
};
