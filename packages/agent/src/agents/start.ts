import type { AgentItem } from "@fettle/protocol";
import type { ToolContext } from "../tools/tool.ts";
import { type Band, begin, begunIn, no, type Said, yes } from "./band.ts";
import { type HelperCopy, openCopy } from "./copies.ts";
import { bringDependencies } from "./dependencies.ts";
import { type OpenedHelper, openHelper } from "./open-helper.ts";
import type { Role } from "./roles.ts";
import type { AgentRequest } from "./types.ts";

/** Why there will be no further helper now, in words for the model; null when there may be one. */
const refusal = ({ ports }: Band, request: AgentRequest, role: Role): string | null => {
  const { agents, crowd, setup, state } = ports;
  if (crowd.running >= agents.atOnce)
    return `${crowd.running} agents are at work, the most that may be at once: wait for one with agent_wait`;
  if (crowd.begun >= agents.inAll) return `this thread has had its ${agents.inAll} agents: do the rest yourself`;
  const limit = setup.overBudget(state.spending.models());
  if (limit !== null) return limit;
  return role.readOnly && request.writes === true ? `the role ${role.name} changes nothing; take another` : null;
};

type Made = { readonly copy: HelperCopy; readonly base: string };

/** A copy of the workspace as it is now. Null for who only reads; a line where none can be made. */
const copyFor = async ({ ports }: Band, writes: boolean, context: ToolContext): Promise<Made | null | string> => {
  if (!writes) return null;
  const { root, snapshots } = context.workspace;
  await context.settleSnapshot();
  const base = await snapshots.take();
  const opened = await openCopy(ports.agents.home, root, base, ports.state.log.id);
  return opened.ok ? { copy: opened.copy, base } : `no copy of the workspace can be made for it: ${opened.message}`;
};

const firstItem = (name: string, request: AgentRequest, opened: OpenedHelper, writes: boolean): AgentItem => ({
  id: "",
  type: "agent",
  name,
  role: request.role,
  task: request.task,
  thread_id: opened.thread.id,
  model: opened.model,
  writes,
  status: "in_progress",
});

/** Opens a helper and lets it work. */
export const start = async (band: Band, request: AgentRequest, context: ToolContext): Promise<Said> => {
  const { agents, crowd, state } = band.ports;
  const role = agents.roles.get(request.role);
  if (role === undefined)
    return no(
      `there is no role ${JSON.stringify(request.role)}; the roles are: ${[...agents.roles.keys()].join(", ")}`,
    );
  const refused = refusal(band, request, role);
  if (refused !== null) return no(refused);
  const writes = (request.writes ?? !role.readOnly) && context.policy.mode !== "read-only";
  let made: Made | null = null;
  try {
    const copied = await copyFor(band, writes, context);
    if (typeof copied === "string") return no(copied);
    made = copied;
    const missing = made === null ? null : await bringDependencies(made.copy.plan.folder, context);
    const name = `a${begunIn(state.events) + 1}`;
    const opened = await openHelper({ name, role, request, copy: made?.copy ?? null }, band.ports);
    crowd.begun += 1;
    const helper = {
      name,
      opened,
      copy: made?.copy ?? null,
      item: firstItem(name, request, opened, writes),
      done: Promise.resolve(),
      end: null,
      base: made?.base ?? "",
      startedAt: 0,
      told: false,
    };
    band.helpers.set(name, helper);
    begin(band, helper, request.task);
    const where = writes ? "in a copy of the workspace" : "reading the workspace";
    const lacks = missing === null ? "" : ` It has no installed packages (${missing}).`;
    return yes(
      `${name} (${role.name}) is at work ${where}; thread ${opened.thread.id}. agent_wait gives its report.${lacks}`,
    );
  } catch (error) {
    await made?.copy.close();
    return no(`the agent could not be begun: ${error instanceof Error ? error.message : error}`);
  }
};
