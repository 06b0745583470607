import type { Approver } from "@fettle/agent";
import { createMcpServers, type McpServers, type TurnResult } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";
import { openWorkspace } from "@fettle/workspace";
import { execute } from "../commands/exec.ts";
import type { ExecHost, Signals } from "../commands/exec-host.ts";
import { parseExec } from "../commands/exec-options.ts";
import { fettleHome } from "../home.ts";
import { coloursFor } from "../render/colours.ts";
import { plainText } from "../render/plain-text.ts";
import { progressLines } from "../render/progress.ts";

/** What a call of a client wants, and how it is heard and asked meanwhile. */
export type ThreadCall = {
  /** As `exec` takes them; the prompt comes by itself. */
  readonly flags: readonly string[];
  readonly prompt: string;
  readonly cwd: string;
  readonly approver: Approver | null;
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

/** The MCP servers of each workspace, for all threads of this process. */
const shared = new Map<string, McpServers>();

const openShared: ExecHost["openServers"] = (setup) => {
  const key = JSON.stringify([setup.root, setup.servers]);
  const servers = shared.get(key) ?? createMcpServers(setup);
  shared.set(key, servers);
  return servers;
};

/** Ends what threads have shared. */
export const closeShared = async (): Promise<void> => {
  await Promise.all([...shared.values()].map((servers) => servers.close()));
};

type Watched = {
  threadId: string;
  result: TurnResult | null;
  /** Snapshots of the files, oldest first. */
  trees: string[];
  notes: string[];
};

const watch = (watched: Watched, event: ThreadEvent, onProgress: (line: string) => void): void => {
  if (event.type === "thread.started") watched.threadId = event.thread_id;
  if (event.type === "snapshot") watched.trees.push(event.tree);
  const line = progressLines(event, coloursFor({}))?.split("\n")[0];
  if (line !== undefined && line !== "") onProgress(line);
};

const attachTo = (signal: AbortSignal): ExecHost["attach"] => {
  return (thread): Signals => {
    const onAbort = (): void => thread.interrupt();
    signal.addEventListener("abort", onAbort, { once: true });
    return { stopped: () => signal.aborted, release: () => signal.removeEventListener("abort", onAbort) };
  };
};

const hostOf = (call: ThreadCall, watched: Watched): ExecHost => ({
  output: {
    onEvent: (event) => watch(watched, event, call.onProgress),
    note: (line) => void watched.notes.push(plainText(line)),
    terminated() {},
    finish(result, threadId) {
      watched.result = result;
      watched.threadId = threadId;
    },
  },
  chooseApprover: async (config) => (config.approval_policy === "never" ? null : call.approver),
  attach: attachTo(call.signal),
  openServers: openShared,
  releaseServers: async () => {},
});

const changedFiles = async (
  { trees, threadId, result }: Watched,
  cwd: string,
): Promise<ThreadReport["changed_files"]> => {
  const [first] = trees;
  const last = result?.tree ?? trees.at(-1);
  if (first === undefined || last === undefined || last === null || first === last) return [];
  const workspace = await openWorkspace({ root: cwd, stateDir: fettleHome(), threadId });
  try {
    return await workspace.snapshots.changes(first, last);
  } finally {
    await workspace.close();
  }
};

/** Runs one turn of a thread and tells how it ended. Throws what `exec` throws. */
export const runThread = async (call: ThreadCall): Promise<ThreadReport> => {
  const options = parseExec([...call.flags, "--skip-git-repo-check", `--cd=${call.cwd}`, "--", call.prompt]);
  if (options === null) throw new Error("no run was asked for");
  const watched: Watched = { threadId: "", result: null, trees: [], notes: [] };
  await execute(options, hostOf(call, watched));
  const { result, threadId, notes } = watched;
  if (result === null) throw new Error("the run ended without a result");
  const { end, evidence, lastMessage } = result;
  return {
    thread_id: threadId,
    status: end.type,
    answer: lastMessage,
    evidence: evidence.map(({ command, standing, exit_code }) => ({ command, standing, exit_code })),
    changed_files: (await changedFiles(watched, call.cwd)).map(({ path, kind }) => ({ path, kind })),
    ...(end.type === "failed" ? { error: end.failure.message } : {}),
    ...(notes.length === 0 ? {} : { notes }),
  };
};
