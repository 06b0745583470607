import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { fettleProgram } from "../fettle.ts";

/*
 * `fettle mcp serve` for clients that know only HTTP: each session is a process of its own, and messages pass as they
 * are. Prints its URL, ends with its input.
 */

const home = mkdtempSync(join(tmpdir(), "fettle-bridge-"));
const work = join(home, "work");
mkdirSync(work);
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

const sessions = new Map<string, StreamableHTTPServerTransport>();
const open: StdioClientTransport[] = [];

const openSession = async (): Promise<StreamableHTTPServerTransport> => {
  const inner = new StdioClientTransport({
    command: fettleProgram,
    args: ["mcp", "serve", "-C", work],
    env: { PATH: process.env["PATH"] ?? "", HOME: home, FETTLE_HOME: home },
  });
  const outer = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, outer),
  });
  open.push(inner);
  outer.onmessage = (message) => void inner.send(message);
  inner.onmessage = (message) => void outer.send(message);
  await inner.start();
  return outer;
};

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const id = request.headers["mcp-session-id"];
  const known = typeof id === "string" ? sessions.get(id) : undefined;
  if (id !== undefined && known === undefined) {
    response.writeHead(404).end();
    return;
  }
  await (known ?? (await openSession())).handleRequest(request, response);
};

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`));
process.stdin.resume().once("end", () => {
  void Promise.all(open.map((one) => one.close())).then(() => process.exit(0));
});
