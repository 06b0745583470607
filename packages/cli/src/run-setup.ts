import { relative } from "node:path";
import {
  type AgentThread,
  type Approver,
  baseInstructions,
  type Config,
  createAgentThread,
  createMcpServers,
  createRedaction,
  hooksOf,
  loadConfig,
  type McpServers,
  modeAt,
  outputFolders,
  repositoryRoot,
  secretsInUse,
  settingsOfThread,
  type ThreadLog,
  type ThreadSetup,
  webTools,
} from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { type NetworkPorts, openWorkspace, type Policy, type Workspace } from "@fettle/workspace";
import { agentsSetup } from "./agents-setup.ts";
import { approvalSetup, networkPolicy } from "./approvals/approval-setup.ts";
import { type ChosenModel, chooseModel } from "./choose-model.ts";
import type { ExecOptions } from "./commands/exec-options.ts";
import { version } from "./entry/program-files.ts";
import { visibleLine } from "./render/plain-text.ts";
import { type SessionServer, withSessionServers } from "./session-servers.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { type Accounts, accountsFor } from "./spending.ts";
import { readTellable, setupOf, type Tellable, tellableNotices, withEnvironment } from "./surroundings.ts";
import { CommandError } from "./usage-error.ts";

/* What every door (exec, an editor, a program) needs to open a thread and run it. */

/** How a run was asked for. `cwd` is the workspace, absolute. */
export type RunOptions = Pick<
  ExecOptions,
  "cwd" | "model" | "effort" | "sandbox" | "autonomy" | "addDirs" | "overrides" | "maxCost" | "maxTokens"
> & {
  /** MCP servers besides those of the configuration. */
  readonly servers?: readonly SessionServer[];
};

/** What configuration and options come to, before any thread is touched. */
export type RunSettings = {
  readonly config: Config;
  readonly chosen: ChosenModel;
  readonly accounts: Accounts;
  /** Lines for the user. */
  readonly notes: readonly string[];
};

/** Reads the configuration and chooses the model. Throws a CommandError that says what is wrong with them. */
export const readRunSettings = async (home: string, options: RunOptions): Promise<RunSettings> => {
  const { cwd, overrides, effort, model, servers = [] } = options;
  const loaded = await loadConfig({ home, root: repositoryRoot(cwd), overrides, env: process.env });
  if (!loaded.ok) throw new CommandError(loaded.message, 2);
  const config: Config = {
    ...loaded.config,
    ...(effort === undefined ? {} : { model_reasoning_effort: effort }),
    ...(servers.length === 0 ? {} : { mcp_servers: withSessionServers(loaded.config.mcp_servers ?? {}, servers) }),
  };
  const chosen = await chooseModel(config, home, model);
  const accounts = accountsFor(config, options, chosen.model.info.id);
  const ignored = loaded.ignored.map((key) => `configuration: ${key} has no effect in fettle yet`);
  return { config, chosen, accounts, notes: [...ignored, ...(loaded.notes ?? []).map(visibleLine)] };
};

/** The thread to run, and what belongs to this run of it alone. */
export type RunPorts = Pick<ThreadSetup, "live" | "onEvent" | "askPerson" | "tools"> & {
  /** Null for a look at what the model would get: nothing is written then. */
  readonly log: ThreadLog | null;
  /** The stored events of a resumed thread; null for a new one. */
  readonly events: LoggedEvent[] | null;
  readonly approver: Approver | null;
  /** Files that neither commands nor patches may change. */
  readonly fixedFiles?: readonly string[];
  /** Opens MCP servers that live on when the run is over; without it they end with the run. */
  readonly openServers?: typeof createMcpServers;
  /** A further limit beside the budget, in words; null while it is not reached. */
  readonly overLimit?: () => string | null;
};

export type OpenRun = {
  readonly thread: AgentThread;
  readonly workspace: Workspace;
  /** What the model can be told of the folder. */
  readonly tellable: Tellable;
  /** What the user should know of it, who says these words. */
  notices(words: string): readonly string[];
  /** Starts the MCP servers that the run cannot do without. Throws a CommandError that names one which cannot be started. */
  startRequired(): Promise<void>;
  /** Ends what the workspace runs and gives the thread back. */
  close(): Promise<void>;
};

/** Full access is a level of autonomy, not a sandbox: it can be taken back while the run goes on. */
const policyOf = (
  options: RunOptions,
  config: Config,
  more: Pick<Policy, "readableRoots" | "network" | "fixedFiles">,
): Policy => {
  const mode = options.sandbox ?? config.sandbox_mode;
  return {
    ...more,
    mode: mode === "read-only" ? mode : "workspace-write",
    writableRoots: [...options.addDirs, ...(config.sandbox_workspace_write?.writable_roots ?? [])],
    hiddenPaths: [],
    secrets: config.secrets ?? [],
  };
};

const agentsFor = (home: string, { model }: RunOptions, { config, chosen, accounts }: RunSettings) =>
  // The offline engine knows what it does by itself.
  chosen.model.info.provider === "offline"
    ? undefined
    : agentsSetup({
        home,
        config,
        asked: model,
        accounts,
        tellable: (root, policy) => setupOf(withEnvironment(readTellable(home, root, config), root, policy)),
      });

const browserOf = ({ web }: Config): Pick<ThreadSetup, "browser"> => {
  const { browser = false } = web ?? {};
  return browser === false ? {} : { browser: { program: browser === true ? null : browser } };
};

const startRequired = async (servers: McpServers, config: Config): Promise<void> => {
  const names = servers.names.filter((name) => config.mcp_servers?.[name]?.required === true);
  for (const [index, started] of (await Promise.all(names.map(servers.connect))).entries())
    if (!started.ok) throw new CommandError(`the MCP server ${names[index]} is required: ${started.message}`);
};

/** Opens the workspace and the agent over a thread whose log is open. */
export const openRun = async (
  home: string,
  options: RunOptions,
  settings: RunSettings,
  ports: RunPorts,
): Promise<OpenRun> => {
  const { config, chosen, accounts } = settings;
  const { log, events, approver, fixedFiles = [], overLimit, askPerson, tools = [] } = ports;
  const { model, effort, decideRetry } = chosen;
  // The workspace asks through the thread, which is made with the workspace.
  const network: NetworkPorts = {
    ask: (request) => thread.network.ask(request),
    decided: (decision) => thread.network.decided(decision),
  };
  const threadId = log?.id ?? previewLog.id;
  const workspace = await openWorkspace({ root: options.cwd, stateDir: home, threadId, network });
  const approvals = approvalSetup(options, config, { approver, home, root: workspace.root });
  const outputs = log === null ? [] : outputFolders(home, log.outputFolder, events ?? []);
  const files = readTellable(home, workspace.root, config);
  const policy = policyOf(options, config, {
    readableRoots: [...chosen.programRoots, ...outputs, ...files.skills.readableRoots],
    network: networkPolicy(config, home, approver !== null),
    fixedFiles,
  });
  const { level } =
    log === null || events === null ? approvals.autonomy : settingsOfThread(approvals.autonomy, log.path);
  const mode = modeAt(level, policy.mode === "read-only");
  const tellable = withEnvironment(files, workspace.root, { ...policy, mode });
  const setup = { servers: config.mcp_servers ?? {}, root: workspace.root, home, version };
  const servers = (ports.openServers ?? createMcpServers)(setup);
  const agents = agentsFor(home, options, settings);
  const hooks = hooksOf(config.hooks, relative(workspace.root, repositoryRoot(workspace.root)));
  const thread = createAgentThread({
    log: log ?? previewLog,
    events: events ?? [],
    workspace,
    policy,
    approvals,
    model,
    version,
    instructions: baseInstructions,
    ...setupOf(tellable),
    ...(effort === undefined ? {} : { effort }),
    effortChosen: config.model_reasoning_effort !== undefined,
    live: ports.live,
    overBudget: (models) => accounts.overBudget(models) ?? overLimit?.() ?? null,
    ...(askPerson === undefined ? {} : { askPerson }),
    tools: [...tools, ...webTools(policy.network, version)],
    mcp: servers,
    ...browserOf(config),
    ...(agents === undefined ? {} : { agents }),
    ...(hooks.length === 0 ? {} : { hooks }),
    ...(config.model_auto_compact_token_limit === undefined
      ? {}
      : { compactAt: config.model_auto_compact_token_limit }),
    decideRetry,
    redaction: createRedaction(await secretsInUse(config, process.env, home)),
    onEvent: keepHeapSmall(ports.onEvent),
  });
  const close = async (): Promise<void> => {
    await workspace.close();
    await thread.close();
    if (ports.openServers === undefined) await servers.close();
  };
  return {
    thread,
    workspace,
    tellable,
    notices: (words) => tellableNotices(tellable, words),
    startRequired: () => startRequired(servers, config),
    close,
  };
};

/** A thread that is only looked at writes nothing. */
export const previewLog: ThreadLog = {
  id: "preview",
  path: "",
  append: () => {
    throw new Error("a preview writes nothing");
  },
  sync() {},
  outputFolder: "",
  outputPath: () => "",
  close() {},
};
