import { realpathSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { readThread } from "@fettle/agent";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { CallToolResult, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod/mini";
import { version } from "../entry/program-files.ts";
import { fettleHome } from "../home.ts";
import { createServerPool, type ServerPool } from "../mcp-pool.ts";
import { clientApprover } from "../mcp-server/ask-client.ts";
import { runThread, type ThreadReport } from "../mcp-server/run-thread.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import type { RunOptions } from "../run-setup.ts";
import { UsageError } from "../usage-error.ts";
import { mcpServeHelp } from "./help.ts";
import { reviewWords } from "./review-words.ts";

const report = {
  thread_id: z.string(),
  status: z.enum(["completed", "failed"]),
  answer: z.string(),
  evidence: z.array(z.object({ command: z.string(), standing: z.string(), exit_code: z.optional(z.number()) })),
  changed_files: z.array(z.object({ path: z.string(), kind: z.string() })),
  error: z.optional(z.string()),
  notes: z.optional(z.array(z.string())),
};
const folder = z.optional(z.string());

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Wanted = {
  readonly prompt: string;
  readonly cwd: string;
  /** The thread to go on with. */
  readonly id?: string;
  readonly readOnly?: boolean;
};

type Serving = {
  readonly server: McpServer;
  /** All work happens in it and below; a real path. */
  readonly base: string;
  readonly options: Pick<RunOptions, "model" | "overrides">;
  /** What threads share. */
  readonly servers: ServerPool;
  /** Work that is not done yet, and what ends it. */
  readonly running: Map<AbortController, Promise<unknown>>;
};

/** The folder that a client named, if work may happen there. */
const folderIn = (base: string, given: string | undefined): string => {
  const asked = resolve(base, given ?? ".");
  if (statSync(asked, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`cwd: there is no folder ${asked}`);
  const real = realpathSync(asked);
  if (real !== base && !real.startsWith(base.endsWith(sep) ? base : base + sep))
    throw new UsageError(`cwd: ${asked} is outside of ${base}, which is all that is served here`);
  return real;
};

const threadIn = (base: string, given: string): { readonly id: string; readonly cwd: string } => {
  const read = readThread(fettleHome(), given);
  if (!read.ok) throw openError(read);
  const cwd = read.events.find((event) => event.type === "thread.started")?.cwd;
  return { id: read.id, cwd: folderIn(base, cwd) };
};

const asResult = (done: ThreadReport): CallToolResult => {
  const failed = done.error === undefined ? "" : `failed: ${done.error}\n`;
  return {
    content: [{ type: "text", text: `${failed}${done.answer}` }],
    structuredContent: { ...done },
    isError: done.status === "failed",
  };
};

const progressTo = (extra: Extra): ((line: string) => void) => {
  const token = extra._meta?.progressToken;
  let progress = 0;
  return (message) => {
    if (token === undefined || extra.signal.aborted) return;
    progress += 1;
    void extra
      .sendNotification({ method: "notifications/progress", params: { progressToken: token, progress, message } })
      .catch(() => {});
  };
};

const work = async (
  { server, options, servers, running }: Serving,
  wanted: Wanted,
  extra: Extra,
): Promise<CallToolResult> => {
  const stop = new AbortController();
  const done = runThread({
    id: wanted.id ?? null,
    prompt: wanted.prompt,
    options: {
      ...options,
      ...(wanted.readOnly === true ? { sandbox: "read-only" } : {}),
      cwd: wanted.cwd,
      addDirs: [],
      maxCost: undefined,
      maxTokens: undefined,
    },
    openServers: servers.open,
    approver: clientApprover(server.server, extra.requestId),
    signal: AbortSignal.any([extra.signal, stop.signal]),
    onProgress: progressTo(extra),
  });
  running.set(stop, done);
  try {
    return asResult(await done);
  } finally {
    running.delete(stop);
  }
};

const offerTools = (serving: Serving): void => {
  const { server, base } = serving;
  server.registerTool(
    "start_thread",
    {
      description:
        "Give fettle a task in a repository: it works in a sandbox, changes files, runs checks, and reports what it saw. Returns the thread's id to go on with.",
      inputSchema: { prompt: z.string(), cwd: folder },
      outputSchema: report,
    },
    ({ prompt, cwd }, extra) => work(serving, { prompt, cwd: folderIn(base, cwd) }, extra),
  );
  server.registerTool(
    "continue_thread",
    {
      description: "Go on with an earlier thread of fettle.",
      inputSchema: { thread_id: z.string(), prompt: z.string() },
      outputSchema: report,
    },
    ({ thread_id, prompt }, extra) => work(serving, { prompt, ...threadIn(base, thread_id) }, extra),
  );
  server.registerTool(
    "ask",
    {
      description: "Ask a question about a repository. Changes nothing.",
      inputSchema: { question: z.string(), cwd: folder },
      outputSchema: report,
      annotations: { readOnlyHint: true },
    },
    ({ question, cwd }, extra) => work(serving, { prompt: question, cwd: folderIn(base, cwd), readOnly: true }, extra),
  );
  server.registerTool(
    "review",
    {
      description: "Review a change: what is not committed, or all since the git revision `base`. Changes nothing.",
      inputSchema: { cwd: folder, base: z.optional(z.string()), focus: z.optional(z.string()) },
      outputSchema: report,
      annotations: { readOnlyHint: true },
    },
    (given, extra) =>
      work(
        serving,
        { prompt: reviewWords(given.base, given.focus), cwd: folderIn(base, given.cwd), readOnly: true },
        extra,
      ),
  );
};

/** Resolves when the client has gone, or a signal asks for the end. */
const clientGone = (): Promise<void> => {
  const { promise, resolve: gone } = Promise.withResolvers<void>();
  process.stdin.once("end", gone);
  process.stdin.once("close", gone);
  process.stdout.once("error", () => gone());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => gone());
  return promise;
};

/** `fettle mcp serve`: fettle as an MCP server over standard input and output, until the client goes. */
export const mcpServe = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("mcp serve", args, {
    cd: { type: "string", short: "C" },
    model: { type: "string", short: "m" },
    config: { type: "string", short: "c", multiple: true },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(mcpServeHelp);
    return 0;
  }
  if (positionals.length > 0) throw new UsageError("no argument expected; see: fettle mcp serve --help");
  const given = resolve(values.cd ?? ".");
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`-C: there is no folder ${given}`);
  const server = new McpServer({ name: "fettle", version });
  const serving: Serving = {
    server,
    base: realpathSync(given),
    options: { overrides: values.config ?? [], ...(values.model === undefined ? {} : { model: values.model }) },
    servers: createServerPool(),
    running: new Map(),
  };
  offerTools(serving);
  const gone = clientGone();
  await server.connect(new StdioServerTransport());
  await gone;
  const left = [...serving.running.values()];
  for (const stop of serving.running.keys()) stop.abort();
  // Each turn gets its end in the log.
  await Promise.allSettled(left);
  await server.close();
  await serving.servers.close();
  return 0;
};
