import type { logIn } from "./oauth.ts";
import type { McpServerEntry } from "./server-config.ts";
import type { McpConnect, McpConnection } from "./types.ts";

/** Logs in to a server with a URL; see `logIn`. */
export const logInToServer = async (...given: Parameters<typeof logIn>): ReturnType<typeof logIn> =>
  (await import("./oauth.ts")).logIn(...given);

/** The MCP servers of one workspace. Each is started when it is first used, and shared by all threads there. */
export type McpServers = {
  /** Of those that are switched on, in the configuration's order. */
  readonly names: readonly string[];
  /** Starts the server unless it runs. Once it has failed twice in a row it is not started again. */
  connect(name: string): Promise<McpConnect>;
  /** Says that the server did what it was asked for, so that its next end may be its first. */
  worked(name: string): void;
  /** The same servers for another workspace: processes of its own, which whoever asked ends. */
  in(root: string): McpServers;
  /** Another run begins: what has failed may be tried again. */
  forgive(): void;
  /** Ends them all. Resolves when no process of them is left. */
  close(): Promise<void>;
};

type State = { connecting: Promise<McpConnect> | null; failures: number; lastWords: string };

const mostFailures = 2;

export type McpServersSetup = {
  readonly servers: Readonly<Record<string, McpServerEntry>>;
  /** The workspace; absolute. */
  readonly root: string;
  /** FETTLE_HOME. */
  readonly home: string;
  readonly version: string;
};

/** Loads nothing and starts nothing until a server is used. */
export const createMcpServers = (setup: McpServersSetup): McpServers => {
  const { servers, root, home, version } = setup;
  const enabled = new Map(Object.entries(servers).filter(([, entry]) => entry.enabled !== false));
  const states = new Map<string, State>();
  const running = new Set<McpConnection>();
  const closing = new AbortController();

  const stateOf = (name: string): State => {
    const state = states.get(name) ?? { connecting: null, failures: 0, lastWords: "" };
    states.set(name, state);
    return state;
  };
  const failed = (state: State, words: string): void => {
    state.connecting = null;
    state.failures += 1;
    state.lastWords = words;
  };

  const start = async (name: string, entry: McpServerEntry, state: State): Promise<McpConnect> => {
    // The SDK takes a tenth of a second to load: only who uses a server pays for it.
    const { connectServer } = await import("./connect.ts");
    const connected = await connectServer({ name, entry, root, home, version }, closing.signal);
    if (!connected.ok) {
      failed(state, connected.message);
      return connected;
    }
    const { connection } = connected;
    running.add(connection);
    void connection.ended.then((words) => {
      running.delete(connection);
      failed(state, words);
    });
    return connected;
  };

  return {
    names: [...enabled.keys()],
    async connect(name) {
      const entry = enabled.get(name);
      if (entry === undefined) {
        const known = [...enabled.keys()].join(", ") || "none";
        return { ok: false, message: `there is no MCP server ${JSON.stringify(name)}; there are: ${known}` };
      }
      if (closing.signal.aborted) return { ok: false, message: "the run is ending" };
      const state = stateOf(name);
      if (state.connecting === null && state.failures >= mostFailures) {
        const words = state.lastWords === "" ? "" : ` (${state.lastWords.replace(/\s+/g, " ")})`;
        return { ok: false, message: `it failed twice${words} and is not started again; see: fettle mcp test ${name}` };
      }
      state.connecting ??= start(name, entry, state);
      return state.connecting;
    },
    worked(name) {
      stateOf(name).failures = 0;
    },
    in: (other) => createMcpServers({ ...setup, root: other }),
    forgive() {
      for (const state of states.values()) state.failures = 0;
    },
    async close() {
      closing.abort();
      await Promise.all([...states.values()].map(({ connecting }) => connecting));
      await Promise.all([...running].map((connection) => connection.close()));
    },
  };
};
