import { createMcpServers, type McpServers } from "@fettle/agent";

/** MCP servers that outlive a run: those of each workspace, for all threads of this process. */
export type ServerPool = {
  readonly open: typeof createMcpServers;
  /** Ends them all. */
  close(): Promise<void>;
};

export const createServerPool = (): ServerPool => {
  const shared = new Map<string, McpServers>();
  return {
    open(setup) {
      const key = JSON.stringify([setup.root, setup.servers]);
      const servers = shared.get(key) ?? createMcpServers(setup);
      servers.forgive();
      shared.set(key, servers);
      return servers;
    },
    async close() {
      await Promise.all([...shared.values()].map((servers) => servers.close()));
    },
  };
};
