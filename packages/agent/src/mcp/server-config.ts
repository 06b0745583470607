import { isAbsolute } from "node:path";
import * as z from "zod/mini";

/* `[mcp_servers.NAME]` of config.toml. The keys are those of Codex. */

const seconds = z.number().check(z.positive());
const strings = z.record(z.string(), z.string());
const variable = z.string().check(z.regex(/^[A-Za-z_]\w*$/, "must be the name of a variable"));

export const mcpServerSchema = z.strictObject({
  command: z.optional(z.string().check(z.minLength(1))),
  args: z.optional(z.array(z.string())),
  env: z.optional(strings),
  /** Names of variables of the user's environment that the server gets. */
  env_vars: z.optional(z.array(variable)),
  /** Relative ones are meant from the workspace. Default: the home folder. */
  cwd: z.optional(z.string().check(z.minLength(1))),
  url: z.optional(z.string().check(z.regex(/^https?:\/\/[^/]/, "must be an http(s) URL"))),
  bearer_token_env_var: z.optional(variable),
  http_headers: z.optional(strings),
  /** Header name to the environment variable that holds its value. */
  env_http_headers: z.optional(z.record(z.string(), variable)),
  /** What is asked for when logging in. */
  scopes: z.optional(z.array(z.string())),
  /** The client as which to log in, where the server registers none by itself. */
  oauth: z.optional(
    z.strictObject({ client_id: z.string().check(z.minLength(1)), client_secret_env_var: z.optional(variable) }),
  ),
  startup_timeout_sec: z.optional(seconds),
  startup_timeout_ms: z.optional(seconds),
  tool_timeout_sec: z.optional(seconds),
  enabled: z.optional(z.boolean()),
  enabled_tools: z.optional(z.array(z.string())),
  disabled_tools: z.optional(z.array(z.string())),
  /** The run fails when it cannot be started. */
  required: z.optional(z.boolean()),
  // Of no meaning here; accepted so that a file can be shared.
  default_tools_approval_mode: z.optional(z.unknown()),
  tools: z.optional(z.unknown()),
  supports_parallel_tool_calls: z.optional(z.unknown()),
  oauth_resource: z.optional(z.unknown()),
});

/** One server, under the names of the file. */
export type McpServerEntry = z.infer<typeof mcpServerSchema>;

const serverName = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Why a server cannot be used as it is written; null when it can. */
export const serverProblem = (name: string, entry: McpServerEntry): string | null => {
  if (!serverName.test(name)) return "must have a name of letters, digits, dots, dashes and underscores";
  if ((entry.command === undefined) === (entry.url === undefined)) return "needs either command or url";
  const forUrl = ["bearer_token_env_var", "http_headers", "env_http_headers", "oauth"] as const;
  const forCommand = ["args", "env", "env_vars", "cwd"] as const;
  const odd = (entry.url === undefined ? forUrl : forCommand).find((key) => entry[key] !== undefined);
  return odd === undefined ? null : `has ${odd}, which goes with ${entry.url === undefined ? "url" : "command"}`;
};

/** The keys by which a server is given credentials of the user's environment. */
export const credentialKeys = ["env_vars", "bearer_token_env_var", "env_http_headers", "oauth"] as const;

/** What a server would do, in words for whoever is to trust it. */
export const serverInWords = (name: string, entry: McpServerEntry): string => {
  const { command = "", args = [], url, cwd } = entry;
  if (entry.enabled === false) return `MCP server ${name}, which is switched off`;
  if (url !== undefined) return `MCP server ${name}: what its tools are called with is sent to ${url}`;
  const where = cwd === undefined ? "" : ` in ${isAbsolute(cwd) ? cwd : `${cwd} of the workspace`}`;
  const words = [command, ...args].map((word) => (/^[\w@./:=-]+$/.test(word) ? word : JSON.stringify(word)));
  return `MCP server ${name} is started OUTSIDE OF THE SANDBOX, with your rights${where}: ${words.join(" ")}`;
};

const defaults = { startupMs: 30_000, toolMs: 60_000 } as const;

/** How long the server may take to start, in milliseconds. */
export const startupMs = (entry: McpServerEntry): number =>
  entry.startup_timeout_ms ??
  (entry.startup_timeout_sec === undefined ? defaults.startupMs : entry.startup_timeout_sec * 1000);

/** How long a call may take, in milliseconds. */
export const toolMs = (entry: McpServerEntry): number =>
  entry.tool_timeout_sec === undefined ? defaults.toolMs : entry.tool_timeout_sec * 1000;

/** Whether the configuration lets this tool of the server be seen. */
export const isToolEnabled = ({ enabled_tools, disabled_tools }: McpServerEntry, tool: string): boolean =>
  (enabled_tools === undefined || enabled_tools.includes(tool)) && disabled_tools?.includes(tool) !== true;
