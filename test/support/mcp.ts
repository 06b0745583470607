import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { McpToolCallItem, ThreadEvent } from "@fettle/protocol";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, type Scene } from "./scripted-run.ts";

/* MCP servers for the real program: the published ones, and one whose behaviour a test chooses. */

const packages = resolve(import.meta.dirname, "../../node_modules/@modelcontextprotocol");
/** The published servers, as arguments of node. */
export const everything = join(packages, "server-everything/dist/index.js");
export const filesystem = join(packages, "server-filesystem/dist/index.js");
/** The server of `programs/mcp-server.ts`. */
export const ownServer = join(import.meta.dirname, "programs/mcp-server.ts");

type Server = { args: readonly string[]; more?: string; command?: string };

/** `[mcp_servers.NAME]` tables that start node with these arguments. */
export const serverTables = (servers: Record<string, Server>): string =>
  Object.entries(servers)
    .map(
      ([name, { args, more = "", command = process.execPath }]) =>
        `[mcp_servers.${name}]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n${more}\n`,
    )
    .join("\n");

/** Makes this the user's configuration. */
export const configure = (scene: Scene, text: string): void => {
  mkdirSync(scene.home, { recursive: true });
  writeFileSync(join(scene.home, "config.toml"), text);
};

/** Steps of the model. */
export const search = (query?: string, server?: string): ScriptedStep => ({
  calls: [
    {
      name: "mcp_search",
      arguments: { ...(query === undefined ? {} : { query }), ...(server === undefined ? {} : { server }) },
    },
  ],
});
export const call = (server: string, tool: string, args: Record<string, unknown> = {}): ScriptedStep => ({
  calls: [{ name: "mcp_call", arguments: { server, tool, arguments: args } }],
});
export const read = (server: string, resource: string): ScriptedStep => ({
  calls: [{ name: "mcp_call", arguments: { server, resource } }],
});

/** A rule that allows a server's tools. */
export const allowTools = (server: string): string => `[[tool]]\nserver = "${server}"\ndecision = "allow"\n`;

export const mcpItems = (events: readonly ThreadEvent[]): McpToolCallItem[] => itemsOf(events, "mcp_tool_call");
