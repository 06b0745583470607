import { type Approver, removeUnused } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { openWorkspace } from "@fettle/workspace";
import { createSession, newThread } from "../doors/session.ts";
import { fettleHome } from "../home.ts";
import type { ServerPool } from "../mcp-pool.ts";
import { coloursFor } from "../render/colours.ts";
import { progressLines } from "../render/progress.ts";
import type { RunOptions } from "../run-setup.ts";
import { CommandError, UsageError } from "../usage-error.ts";

/** What a call of a client wants, and how it is heard and asked meanwhile. */
export type ThreadCall = {
  /** The thread to go on with; null for a new one. */
  readonly id: string | null;
  readonly options: RunOptions;
  readonly prompt: string;
  /** Null: there is nobody to ask. */
  readonly approver: Approver | null;
  readonly openServers: ServerPool["open"];
  readonly signal: AbortSignal;
  onProgress(line: string): void;
};

/** What a client gets, as JSON. */
export type ThreadReport = {
  readonly thread_id: string;
  readonly status: "completed" | "failed";
  readonly answer: string;
  readonly evidence: readonly {
    readonly command: string;
    readonly standing: string;
    readonly exit_code?: number | undefined;
  }[];
  readonly changed_files: readonly { readonly path: string; readonly kind: string }[];
  readonly error?: string;
  readonly notes?: readonly string[];
};

type Watched = {
  /** Snapshots of the files, oldest first. */
  trees: string[];
  notes: string[];
};

const watch = (watched: Watched, event: ThreadEvent, onProgress: (line: string) => void): void => {
  if (event.type === "snapshot") watched.trees.push(event.tree);
  const line = progressLines(event, coloursFor({}))?.split("\n")[0];
  if (line !== undefined && line !== "") onProgress(line);
};

type Ended = { readonly home: string; readonly id: string; readonly cwd: string; readonly tree: string | null };

const changedFiles = async ({ trees }: Watched, ended: Ended): Promise<ThreadReport["changed_files"]> => {
  const [first] = trees;
  const last = ended.tree ?? trees.at(-1);
  if (first === undefined || last === undefined || first === last) return [];
  const workspace = await openWorkspace({ root: ended.cwd, stateDir: ended.home, threadId: ended.id });
  try {
    return await workspace.snapshots.changes(first, last);
  } finally {
    await workspace.close();
  }
};

/** Runs one turn of a thread and tells how it ended. Throws a CommandError when it cannot be run. */
export const runThread = async (call: ThreadCall): Promise<ThreadReport> => {
  const { options, approver, signal, openServers } = call;
  if (call.prompt.trim() === "") throw new UsageError("the prompt is empty");
  if (signal.aborted) throw new CommandError("interrupted before it began");
  const home = fettleHome();
  const id = call.id ?? newThread(home).id;
  const watched: Watched = { trees: [], notes: [] };
  const session = createSession({
    home,
    id,
    options,
    approver,
    openServers,
    onEvent: (event) => watch(watched, event, call.onProgress),
    note: (line) => void watched.notes.push(plainText(line)),
  });
  const onAbort = (): void => void session.interrupt();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const turn = await session.run({ text: call.prompt, images: [], checks: [] });
    if (turn === null) throw new CommandError("fettle is ending");
    const { end, evidence, lastMessage, tree } = turn.result;
    const changed = await changedFiles(watched, { home, id, cwd: options.cwd, tree });
    return {
      thread_id: id,
      status: end.type,
      answer: lastMessage,
      evidence: evidence.map(({ command, standing, exit_code }) => ({ command, standing, exit_code })),
      changed_files: changed.map(({ path, kind }) => ({ path, kind })),
      ...(end.type === "failed" ? { error: end.failure.message } : {}),
      ...(watched.notes.length === 0 ? {} : { notes: watched.notes }),
    };
  } finally {
    signal.removeEventListener("abort", onAbort);
    removeUnused(home, id);
  }
};
