import type { ToolContext } from "../tools/tool.ts";
import { type Band, begin, expected, interrupt, no, type Said, show, unknown, yes } from "./band.ts";
import type { HelperPorts } from "./open-helper.ts";
import { start } from "./start.ts";
import type { AgentRequest } from "./types.ts";
import { type Wait, wait } from "./wait.ts";

/** The helpers of a thread, as the model's tools and the turn reach them. */
export type Team = {
  start(request: AgentRequest, context: ToolContext): Promise<Said>;
  wait(wish: Wait, context: ToolContext): Promise<Said>;
  message(name: string, text: string): Said;
  stop(name: string): Promise<Said>;
  /** Whether the model is still to hear of one. */
  isExpected(): boolean;
  /** Ends those at work. What the model should know of it; null for nothing. */
  endTurn(): Promise<string | null>;
  close(): Promise<void>;
};

const message = (band: Band, name: string, text: string): Said => {
  const { agents, crowd } = band.ports;
  const helper = band.helpers.get(name);
  if (helper === undefined) return unknown(band, name);
  if (helper.end === null) {
    helper.opened.thread.steer(text);
    return yes(`${name} reads it before its next step`);
  }
  if (!helper.told) return no(`${name} has ended; agent_wait gives its report first`);
  if (crowd.running >= agents.atOnce) return no(`${crowd.running} agents are at work, the most that may be at once`);
  begin(band, helper, text);
  return yes(`${name} is at work again`);
};

const stop = async (band: Band, name: string): Promise<Said> => {
  const helper = band.helpers.get(name);
  if (helper === undefined) return unknown(band, name);
  if (helper.end !== null) return no(`${name} is not at work`);
  await interrupt(helper);
  helper.told = true;
  show(band, helper, { status: "failed", error: "stopped" });
  return yes(`${name} was stopped; nothing of its changes was taken over`);
};

const endTurn = async (band: Band): Promise<string | null> => {
  const cut = expected(band);
  await Promise.all(cut.map(interrupt));
  for (const helper of cut) {
    helper.told = true;
    show(band, helper, { status: "failed", error: "ended with the turn" });
  }
  if (cut.length === 0) return null;
  const listed = cut.map(({ item }) => `${item.name} (${item.role}, thread ${item.thread_id})`).join(", ");
  return `[These agents were ended with the turn, and nothing of their changes was taken over: ${listed}.]`;
};

export const createTeam = (ports: HelperPorts): Team => {
  const band: Band = { ports, helpers: new Map() };
  return {
    start: (request, context) => start(band, request, context),
    wait: (wish, context) => wait(band, wish, context),
    message: (name, text) => message(band, name, text),
    stop: (name) => stop(band, name),
    isExpected: () => expected(band).length > 0,
    endTurn: () => endTurn(band),
    async close() {
      const all = [...band.helpers.values()];
      await Promise.all(all.map(interrupt));
      for (const { opened } of all) await opened.close();
      band.helpers.clear();
    },
  };
};
