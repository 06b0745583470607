import { isAbsolute } from "node:path";
import {
  addMcpServer,
  type Config,
  createMcpServers,
  loadConfig,
  logInToServer,
  type McpServerEntry,
  readLogin,
  removeMcpServer,
  repositoryRoot,
  writeLogin,
} from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import { version } from "../entry/program-files.ts";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { type Colours, coloursFor } from "../render/colours.ts";
import { oneLine, visibleText } from "../render/plain-text.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { mcpHelp } from "./help.ts";

const options = {
  url: { type: "string" },
  env: { type: "string", multiple: true },
  "env-var": { type: "string", multiple: true },
  "bearer-token-env-var": { type: "string" },
  cwd: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;
type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

const print = (text: string): void => void process.stdout.write(`${text}\n`);

type Servers = NonNullable<Config["mcp_servers"]>;

/** The servers that hold in this folder, with what a person should know of the configuration. */
const configured = async (): Promise<{ servers: Servers; home: string; root: string }> => {
  const [home, root] = [fettleHome(), repositoryRoot(".")];
  const loaded = await loadConfig({ home, root, overrides: [], env: process.env });
  if (!loaded.ok) throw new CommandError(loaded.message, 2);
  for (const note of loaded.notes ?? []) process.stderr.write(`${plainText(note)}\n`);
  return { servers: loaded.config.mcp_servers ?? {}, home, root };
};

const settingsOf = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(`--env: expected NAME=VALUE, not ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );

const entryOf = (values: Values, command: readonly string[]): McpServerEntry => {
  const [program, ...args] = command;
  if ((program === undefined) === (values.url === undefined))
    throw new UsageError("give either a command after --, or --url URL; see: fettle mcp --help");
  const token = values["bearer-token-env-var"];
  if (program === undefined)
    return { url: values.url, ...(token === undefined ? {} : { bearer_token_env_var: token }) };
  if (token !== undefined) throw new UsageError("--bearer-token-env-var goes with --url");
  if (values.cwd !== undefined && !isAbsolute(values.cwd) && values.cwd !== ".")
    throw new UsageError("--cwd: an absolute folder, or . for the workspace");
  return {
    command: program,
    ...(args.length === 0 ? {} : { args }),
    ...(values.cwd === undefined ? {} : { cwd: values.cwd }),
    ...(values.env === undefined ? {} : { env: settingsOf(values.env) }),
    ...(values["env-var"] === undefined ? {} : { env_vars: values["env-var"] }),
  };
};

const add = async (values: Values, [name, ...command]: readonly string[]): Promise<number> => {
  if (name === undefined) throw new UsageError("a name is needed: fettle mcp add NAME -- COMMAND…");
  const problem = await addMcpServer(fettleHome(), name, entryOf(values, command));
  if (problem !== null) throw new CommandError(problem, 2);
  print(`added ${name}; to see whether it works: fettle mcp test ${name}`);
  return 0;
};

const only = (action: string, names: readonly string[]): string => {
  const [name] = names;
  if (name === undefined || names.length > 1) throw new UsageError(`one name expected: fettle mcp ${action} NAME`);
  return name;
};

const entryNamed = (servers: Servers, name: string): McpServerEntry => {
  const entry = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (entry === undefined)
    throw new CommandError(`there is no server ${JSON.stringify(name)}; see: fettle mcp list`, 2);
  return entry;
};

const remove = async (names: readonly string[]): Promise<number> => {
  const name = only("remove", names);
  const home = fettleHome();
  const problem = (await removeMcpServer(home, name)) ?? writeLogin(home, name, null);
  if (problem !== null) throw new CommandError(problem, 2);
  print(`removed ${name}`);
  return 0;
};

const placeOf = ({ command, args = [], url }: McpServerEntry): string => url ?? [command, ...args].join(" ");

const isLoggedIn = (home: string, name: string, { url }: McpServerEntry): boolean =>
  url !== undefined && readLogin(home, name, url)?.tokens !== undefined;

const list = async (values: Values): Promise<number> => {
  const { servers, home } = await configured();
  const entries = Object.entries(servers);
  if (values.json === true) {
    const shown = entries.map(([name, entry]) => ({
      name,
      enabled: entry.enabled !== false,
      required: entry.required === true,
      transport: entry.url === undefined ? "stdio" : "http",
      ...(entry.url === undefined
        ? { command: entry.command, args: entry.args ?? [], env: Object.keys(entry.env ?? {}) }
        : { url: entry.url, logged_in: isLoggedIn(home, name, entry) }),
    }));
    print(JSON.stringify(shown));
    return 0;
  }
  if (entries.length === 0) print("no MCP server is configured; fettle mcp add NAME -- COMMAND… adds one");
  for (const [name, entry] of entries) {
    const notes = [
      ...(entry.enabled === false ? ["switched off"] : []),
      ...(entry.required === true ? ["required"] : []),
      ...(isLoggedIn(home, name, entry) ? ["logged in"] : []),
    ];
    print(`${visibleText(name)}  ${oneLine(placeOf(entry), 160)}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`);
  }
  return 0;
};

const toolLines = (tools: readonly { name: string; description: string }[], c: Colours): void => {
  for (const { name, description } of tools) print(`  ${oneLine(name, 80)}  ${c.dim(oneLine(description, 110))}`);
};

const test = async (values: Values, names: readonly string[]): Promise<number> => {
  const name = only("test", names);
  const { servers, home, root } = await configured();
  const entry = { ...entryNamed(servers, name), enabled: true };
  const opened = createMcpServers({ servers: { [name]: entry }, root, home, version });
  try {
    const startedAt = performance.now();
    const connected = await opened.connect(name);
    if (!connected.ok) throw new CommandError(`${name}: ${connected.message}`);
    const [tools, resources] = await Promise.all([
      connected.connection.tools(),
      connected.connection.resources().catch(() => []),
    ]);
    const ms = Math.round(performance.now() - startedAt);
    if (values.json === true) print(JSON.stringify({ name, ms, tools, resources }));
    else {
      const c = coloursFor(process.stdout);
      print(`${c.green("✓")} ${name}: ${tools.length} tools, ${resources.length} resources, in ${ms} ms`);
      toolLines(tools, c);
    }
    return 0;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await opened.close();
  }
};

const login = async (names: readonly string[]): Promise<number> => {
  const name = only("login", names);
  const { servers, home } = await configured();
  const entry = entryNamed(servers, name);
  const problem = await logInToServer({ home, name, entry, version }, (url) =>
    print(`Open this page in a browser on this machine, and log in:\n${visibleText(url.href)}`),
  );
  if (problem !== null) throw new CommandError(`${name}: ${problem}`);
  print(`logged in to ${name}`);
  return 0;
};

const logout = (names: readonly string[]): number => {
  const name = only("logout", names);
  const problem = writeLogin(fettleHome(), name, null);
  if (problem !== null) throw new CommandError(problem);
  print(`what was kept of the login to ${name} is gone`);
  return 0;
};

/** `fettle mcp`: the MCP servers that the agent may use, and fettle itself as one. */
export const mcp = async (args: string[]): Promise<number> => {
  if (args[0] === "serve") return (await import("./mcp-serve.ts")).mcpServe(args.slice(1));
  const { values, positionals } = parseOptions("mcp", args, options);
  const [action, ...rest] = positionals;
  if (values.help === true || action === undefined) {
    process.stdout.write(mcpHelp);
    return 0;
  }
  switch (action) {
    case "add":
      return add(values, rest);
    case "list":
      return list(values);
    case "remove":
      return remove(rest);
    case "test":
      return test(values, rest);
    case "login":
      return login(rest);
    case "logout":
      return logout(rest);
    default:
      throw new UsageError(`there is no command mcp ${JSON.stringify(action)}; see: fettle mcp --help`);
  }
};
