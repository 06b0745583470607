import type { McpServerEntry } from "@fettle/agent";

/** MCP servers that one session brings along. A name is whatever their owner calls them. */
export type SessionServer = { readonly name: string; readonly entry: McpServerEntry };

type Servers = Readonly<Record<string, McpServerEntry>>;

const longestName = 48;

const usableName = (name: string): string => {
  const plain = name.replace(/[^\w.-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return plain === "" ? "server" : plain.slice(0, longestName);
};

/** With the session's servers behind the configured ones, whose names stay theirs: rules speak of them. */
export const withSessionServers = (configured: Servers, brought: readonly SessionServer[]): Servers => {
  const all = new Map(Object.entries(configured));
  for (const { name, entry } of brought) {
    const plain = usableName(name);
    let free = plain;
    for (let count = 2; all.has(free); count += 1) free = `${plain}-${count}`;
    all.set(free, entry);
  }
  return Object.fromEntries(all);
};
