import type { CommandRequest, CommandStart } from "@fettle/workspace";
import type { ToolContext } from "./tool.ts";

/** Starts a command. Where the network of allowed hosts cannot be had here, it goes without any, and the person is told. */
export const startCommand = async (context: ToolContext, request: CommandRequest): Promise<CommandStart> => {
  const { workspace, permission } = context;
  const started = await workspace.start(request);
  if (started.ok || request.policy.network.kind !== "domains" || context.signal.aborted) return started;
  const without = await workspace.start({ ...request, policy: { ...request.policy, network: { kind: "none" } } });
  if (without.ok) permission.withoutNetwork(started.message);
  return without;
};
