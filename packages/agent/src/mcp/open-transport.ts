import { homedir } from "node:os";
import { resolve } from "node:path";
import { type RunningServer, startServer } from "@fettle/workspace";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { boundedFetch, tooLong } from "./bounded-fetch.ts";
import { storedProvider } from "./oauth.ts";
import { fetchAsLoggedIn } from "./oauth-challenge.ts";
import type { McpServerEntry } from "./server-config.ts";
import { stdioTransport } from "./stdio-transport.ts";

export type McpPlace = {
  readonly name: string;
  readonly entry: McpServerEntry;
  /** The workspace, which the server is told as its root. Absolute. */
  readonly root: string;
  /** FETTLE_HOME. */
  readonly home: string;
  readonly version: string;
};

const stderrCharacters = 2000;

export type OpenedTransport =
  /** `died`: how the program ended, null while it runs. `words`: what it wrote to its standard error last. */
  | { readonly ok: true; readonly transport: Transport; died(): string | null; words(): string }
  | { readonly ok: false; readonly message: string };

const lastWords = (server: RunningServer): (() => string) => {
  let text = "";
  server.errors.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-stderrCharacters);
  });
  return () => text.trim();
};

const openStdio = async ({ entry, root }: McpPlace, command: string): Promise<OpenedTransport> => {
  const { args = [], env = {}, env_vars: passed = [], cwd } = entry;
  // In the workspace, programs would load what lies there: that is for who configures them to want.
  const folder = cwd === undefined ? homedir() : resolve(root, cwd.replace(/^~(?=\/|$)/, homedir()));
  const started = await startServer({ command, args, env, passed, cwd: folder });
  if (!started.ok) return started;
  const { server } = started;
  let how: string | null = null;
  void server.ended.then((words) => {
    how = words;
  });
  const { transport, fault } = stdioTransport(server);
  return { ok: true, transport, died: () => fault() ?? how, words: lastWords(server) };
};

/** The headers of the configuration; a variable that is not set is told, for the server would only say "unauthorized". */
const headersOf = (entry: McpServerEntry, env: NodeJS.ProcessEnv): Record<string, string> | string => {
  const headers: Record<string, string> = { ...entry.http_headers };
  const named = { ...entry.env_http_headers };
  if (entry.bearer_token_env_var !== undefined) named.Authorization = entry.bearer_token_env_var;
  for (const [header, variable] of Object.entries(named)) {
    const value = env[variable];
    if (value === undefined || value === "") return `the variable ${variable} is not set`;
    headers[header] = variable === entry.bearer_token_env_var ? `Bearer ${value}` : value;
  }
  return headers;
};

const openHttp = ({ name, entry, home }: McpPlace, url: string): OpenedTransport => {
  const headers = headersOf(entry, process.env);
  if (typeof headers === "string") return { ok: false, message: headers };
  const authProvider = storedProvider(home, name, entry);
  let fault: string | null = null;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    fetch: boundedFetch(authProvider === undefined ? fetch : fetchAsLoggedIn(home, name, url), () => {
      fault = `it is given up: ${tooLong}`;
      void transport.close();
    }),
    ...(authProvider === undefined ? {} : { authProvider }),
  });
  // Its session id may be undefined, which the interface calls absent.
  return { ok: true, transport: transport as unknown as Transport, died: () => fault, words: () => "" };
};

/** Starts the server's program, or gets ready to reach its URL. */
export const openTransport = async (place: McpPlace): Promise<OpenedTransport> => {
  const { command, url } = place.entry;
  if (command !== undefined) return openStdio(place, command);
  return url === undefined ? { ok: false, message: "it has neither command nor url" } : openHttp(place, url);
};
