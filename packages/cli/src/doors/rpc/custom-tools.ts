import { failedCall, ownToolNames, shownCall, type Tool, type ToolResult } from "@fettle/agent";
import { type CustomTool, RpcError, type RpcPeer, rpcCodes, rpcQuestions, type ToolCallPart } from "@fettle/protocol";
import * as z from "zod/mini";

/* Tools that the program on the other side carries out. What they give is data for the model, like any other result. */

/** An RpcError when two tools, or one of them and one of fettle's own, have the same name. */
const requireOwnNames = (tools: readonly CustomTool[]): void => {
  const taken = new Set<string>(ownToolNames);
  for (const { name } of tools) {
    if (taken.has(name)) throw new RpcError(rpcCodes.invalidParams, `tools: the name ${name} is taken`);
    taken.add(name);
  }
};

const argumentsOf = (call: ToolCallPart): { ok: true; value: unknown } | { ok: false; message: string } => {
  try {
    return { ok: true, value: call.arguments.trim() === "" ? {} : JSON.parse(call.arguments) };
  } catch (error) {
    return {
      ok: false,
      message: `the arguments are not valid JSON: ${error instanceof Error ? error.message : error}`,
    };
  }
};

const interrupted = Symbol("interrupted");

const aborted = (signal: AbortSignal): { promise: Promise<typeof interrupted>; release(): void } => {
  const { promise, resolve } = Promise.withResolvers<typeof interrupted>();
  const onAbort = (): void => resolve(interrupted);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return { promise, release: () => signal.removeEventListener("abort", onAbort) };
};

/** Makes the tools of a thread; their calls go to `peer`. */
export const customTools = (threadId: string, tools: readonly CustomTool[], peer: RpcPeer): Tool[] => {
  requireOwnNames(tools);
  const ask = async (
    call: ToolCallPart,
    value: unknown,
  ): Promise<z.infer<(typeof rpcQuestions)["tool/call"]["result"]>> => {
    const params = { thread_id: threadId, call_id: call.call_id, name: call.name, arguments: value };
    return z.parse(rpcQuestions["tool/call"].result, await peer.request("tool/call", params));
  };
  return tools.map(({ name, description, parameters, read_only }) => ({
    spec: { name, description, parameters },
    isReadOnly: async () => read_only === true,
    async run(call, context): Promise<ToolResult> {
      const given = argumentsOf(call);
      if (!given.ok) return failedCall(call, context, given.message);
      // It may change files, which the snapshot before it must not have seen.
      if (read_only !== true) await context.settleSnapshot();
      const { promise, release } = aborted(context.signal);
      try {
        const answer = await Promise.race([ask(call, given.value), promise]);
        if (answer === interrupted) {
          peer.notify("tool/cancel", { thread_id: threadId, call_id: call.call_id });
          return failedCall(call, context, "interrupted: it may have run in part");
        }
        if (answer.error !== undefined) return failedCall(call, context, answer.error);
        shownCall(call, context);
        return { content: answer.content };
      } catch (error) {
        return failedCall(call, context, `the tool failed: ${error instanceof Error ? error.message : error}`);
      } finally {
        release();
      }
    },
  }));
};
