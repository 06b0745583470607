import { dirname, join } from "node:path";
import type { PromptResponse, SessionUpdate } from "@agentclientprotocol/sdk";
import type { Approver } from "@fettle/agent";
import { noUsage, plainText, RpcError, type RpcPeer, rpcCodes, type ThreadEvent } from "@fettle/protocol";
import * as z from "zod/mini";
import type { ServerPool } from "../../mcp-pool.ts";
import { coloursFor } from "../../render/colours.ts";
import { oneLine, withoutColours } from "../../render/plain-text.ts";
import { evidenceLines } from "../../render/progress.ts";
import type { RunOptions } from "../../run-setup.ts";
import { createSession, type Session, type SessionTurn } from "../session.ts";
import { readPromptBlocks } from "./prompt.ts";
import { type Block, fileResult, permissionResult } from "./schemas.ts";
import { compactInput, runSlashCommand, slashCommand } from "./slash-commands.ts";
import { permissionOptions, questionCall } from "./tool-calls.ts";
import { createUpdates } from "./updates.ts";

/* One session of an editor: a thread, and how the editor hears of it. */

/** What the editor said of itself. */
export type Editor = { readonly readsFiles: boolean; readonly notices: boolean };

export type LiveSession = {
  readonly session: Session;
  prompt(blocks: readonly Block[]): Promise<PromptResponse>;
  /** Ends the prompt that is being worked on, whatever it has come to. */
  cancel(): void;
  note(line: string): void;
  /** Ends its turn; no other begins. */
  close(): Promise<void>;
};

export type Place = {
  readonly home: string;
  readonly id: string;
  /** Of the thread's log. */
  readonly path: string;
  readonly options: RunOptions;
  readonly openServers: ServerPool["open"];
  /** Ends MCP servers that are this session's alone. */
  closeServers(): Promise<void>;
};

const sendTo =
  (peer: RpcPeer, sessionId: string) =>
  (update: SessionUpdate): void =>
    peer.notify("session/update", { sessionId, update });

const approverFor =
  (peer: RpcPeer, sessionId: string, root: string): Approver =>
  async (question) => {
    const toolCall = { toolCallId: question.id, ...questionCall(question, root) };
    const asked = { sessionId, toolCall, options: permissionOptions(question.choices) };
    const { outcome } = z.parse(permissionResult, await peer.request("session/request_permission", asked));
    if (outcome.outcome === "cancelled") return { choice: "no", by: "nobody" };
    const choice = question.choices.find((name) => name === outcome.optionId) ?? "no";
    return { choice, by: "person" };
  };

/** An editor that is busy must not hold the prompt up. In milliseconds. */
const patience = 5000;

const editorText = async (peer: RpcPeer, sessionId: string, path: string): Promise<string | null> => {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), patience);
  try {
    const asked = peer.request("fs/read_text_file", { sessionId, path });
    const answer = await Promise.race([asked, late]);
    return answer === null ? null : z.parse(fileResult, answer).content;
  } catch {
    // An editor that cannot tell, for a folder or a file that is gone: the model can look for itself.
    return null;
  } finally {
    clearTimeout(timer);
  }
};

/** How a turn's end is told. A failure is an error of the request, with its code for programs. */
const stopOf = (turn: SessionTurn | null): PromptResponse => {
  if (turn === null) return { stopReason: "cancelled" };
  const { end } = turn.result;
  if (end.type === "completed") return { stopReason: "end_turn" };
  const { code, message } = end.failure;
  if (code === "interrupted") return { stopReason: "cancelled" };
  if (code === "refused") return { stopReason: "refusal" };
  throw new RpcError(rpcCodes.internal, message, { code });
};

export const createLiveSession = (place: Place, editor: Editor, peer: RpcPeer): LiveSession => {
  const { home, id, path, options, openServers } = place;
  const root = options.cwd;
  const send = sendTo(peer, id);
  const updates = createUpdates({ root, replay: false, notices: editor.notices, send });
  let used = noUsage();
  let titled = false;
  let prompting = false;
  let cancelled = false;
  const onEvent = (event: ThreadEvent): void => {
    if (event.type === "model.completed") used = event.usage;
    if (!titled && event.type === "item.completed" && event.item.type === "user_message") {
      titled = true;
      send({ sessionUpdate: "session_info_update", title: oneLine(event.item.text, 60) });
    }
    updates.onEvent(event);
  };
  const approver = approverFor(peer, id, root);
  const session = createSession({ home, id, options, approver, openServers, onEvent, note: updates.note });
  const ports = {
    editorText: async (file: string) => (editor.readsFiles ? editorText(peer, id, file) : null),
    folder: join(dirname(path), id, "pictures"),
  };

  const tellEnd = ({ result, cost, model }: SessionTurn): void => {
    const evidence = evidenceLines(result.evidence, result.tree, coloursFor({}));
    if (evidence !== "") updates.note(withoutColours(plainText(evidence)));
    const size = model.contextWindow;
    send({
      sessionUpdate: "usage_update",
      used: used.input_tokens + used.output_tokens,
      size,
      ...(cost === null ? {} : { cost: { amount: cost, currency: "USD" } }),
    });
  };

  const run = async (input: Parameters<Session["run"]>[0]): Promise<PromptResponse> => {
    try {
      const turn = await session.run(input);
      if (turn !== null) tellEnd(turn);
      return stopOf(turn);
    } finally {
      updates.settle();
    }
  };

  const work = async (blocks: readonly Block[]): Promise<PromptResponse> => {
    const { text, images } = await readPromptBlocks(blocks, ports);
    if (cancelled) return { stopReason: "cancelled" };
    if (text === "" && images.length === 0) throw new RpcError(rpcCodes.invalidParams, "the prompt is empty");
    const command = slashCommand(text);
    if (command?.name === "compact") return run(compactInput);
    if (command !== null) {
      const words = await runSlashCommand(home, id, command);
      send({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: words } });
      return { stopReason: "end_turn" };
    }
    return run({ text, images, checks: [] });
  };

  return {
    session,
    note: updates.note,
    async close() {
      await session.close();
      await place.closeServers();
    },
    async prompt(blocks) {
      if (prompting)
        throw new RpcError(rpcCodes.invalidRequest, "a turn of this session is running; wait, or cancel it");
      prompting = true;
      cancelled = false;
      try {
        return await work(blocks);
      } finally {
        prompting = false;
      }
    },
    cancel() {
      cancelled = true;
      void session.interrupt();
    },
  };
};
