import type { SessionServer } from "../../session-servers.ts";
import type { EditorServer } from "./schemas.ts";

/* The MCP servers that an editor wants its session to have. The editor is the user's own program: they count as configured by the user. */

const settingsOf = (pairs: readonly { readonly name: string; readonly value: string }[]): Record<string, string> =>
  Object.fromEntries(pairs.map(({ name, value }) => [name, value]));

/** Those that we can reach, and a line for the user about each other one. */
export const editorServers = (
  given: readonly EditorServer[],
): { readonly servers: SessionServer[]; readonly notes: string[] } => {
  const servers: SessionServer[] = [];
  const notes: string[] = [];
  for (const server of given) {
    const { name } = server;
    if ("command" in server) {
      const { command, args, env } = server;
      servers.push({ name, entry: { command, args, env: settingsOf(env) } });
    } else if ("url" in server) {
      servers.push({ name, entry: { url: server.url, http_headers: settingsOf(server.headers) } });
    } else {
      notes.push(`the editor's MCP server ${name} is not used: only commands and streamable HTTP are spoken here`);
    }
  }
  return { servers, notes };
};
