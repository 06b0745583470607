import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

/*
 * An MCP server that does what a test asks of it. Options: `--tools N` further tools, `--describe TEXT` their
 * description, `--stubborn` goes on after its input has ended and SIGTERM, `--silent` never answers, `--started FILE`
 * writes its process id, `--mark TEXT` is there to be found by.
 */

const { values } = parseArgs({
  options: {
    tools: { type: "string", default: "0" },
    describe: { type: "string", default: "A tool that does nothing, described at the length that descriptions have" },
    stubborn: { type: "boolean", default: false },
    silent: { type: "boolean", default: false },
    started: { type: "string" },
    mark: { type: "string" },
  },
});
if (values.started !== undefined) writeFileSync(values.started, String(process.pid));
if (values.stubborn) {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 1000);
  // A child that left the process group and closed every stream.
  const script = `setInterval(() => {}, 1000); // ${values.mark}`;
  spawn(process.execPath, ["-e", script], { detached: true, stdio: "ignore" }).unref();
}

const server = new Server({ name: "test", version: "1" }, { capabilities: { tools: {} } });

const text = (words: string): CallToolResult => ({ content: [{ type: "text", text: words }] });
type Given = Record<string, unknown>;
type Ports = { signal: AbortSignal; progress(message: string): Promise<void> };

const tools: Readonly<Record<string, (given: Given, ports: Ports) => Promise<CallToolResult>>> = {
  say: async ({ words }) => text(String(words)),
  fail: async () => ({ ...text("the tool says no"), isError: true }),
  big: async ({ bytes }) => text(`begin ${"x".repeat(Number(bytes))} end`),
  crash: async () => process.exit(3),
  touch: async ({ path }) => {
    writeFileSync(String(path), "touched\n");
    return text("written");
  },
  leave: async ({ name }) => {
    const { roots } = await server.listRoots();
    writeFileSync(join(fileURLToPath(roots[0]?.uri ?? ""), String(name)), "left by a server\n");
    return text(JSON.stringify(roots));
  },
  where: async () => text(JSON.stringify({ cwd: process.cwd(), env: process.env })),
  hang: async ({ path }, { signal, progress }) => {
    await progress("has begun");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    if (path !== undefined) writeFileSync(String(path), "cancelled\n");
    return text("too late");
  },
  question: async () => {
    const answer = await server.elicitInput({
      mode: "form",
      message: "Which colour?",
      requestedSchema: { type: "object", properties: { colour: { type: "string" } }, required: ["colour"] },
    });
    return text(JSON.stringify(answer));
  },
};

const idle = Array.from({ length: Number(values.tools) }, (_, index) => `idle_${index}`);

server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [...Object.keys(tools), ...idle].map((name) => ({
    name,
    description: `${values.describe} (${name})`,
    inputSchema: { type: "object" as const, properties: { path: { type: "string", description: "a path" } } },
  })),
}));
server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
  const token = params._meta?.progressToken;
  const progress = async (message: string): Promise<void> => {
    if (token === undefined) return;
    await extra.sendNotification({
      method: "notifications/progress",
      params: { progressToken: token, progress: 1, total: 2, message },
    });
  };
  const run = tools[params.name] ?? (async () => text("idle"));
  return run(params.arguments ?? {}, { signal: extra.signal, progress });
});

if (values.silent) setInterval(() => {}, 1000);
else await server.connect(new StdioServerTransport());
if (!values.stubborn && !values.silent) process.stdin.once("end", () => process.exit(0));
