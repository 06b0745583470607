import type { Tool } from "../tools/tool.ts";
import { createCallTool } from "./call-tool.ts";
import { createSearchTool } from "./search-tool.ts";
import type { McpServers } from "./servers.ts";

/** The two tools by which a model reaches all MCP servers, however many tools those have; none without servers. */
export const mcpTools = (servers: McpServers): Tool[] =>
  servers.names.length === 0 ? [] : [createSearchTool(servers), createCallTool(servers)];
