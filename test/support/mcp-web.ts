import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

/*
 * An MCP server over HTTP that wants a login, and the server that gives its tokens: as small as the two can be. A page
 * of the login sends the browser back at once.
 */

export type WebServer = {
  readonly url: string;
  /** The bearer tokens that its calls came with. */
  readonly tokens: readonly string[];
  /** Takes this token too. */
  accept(token: string): void;
  /** Tokens given so far are no longer taken; the next must be had by renewal. */
  expire(): void;
  close(): Promise<void>;
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
};

const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
};

const serveMcp = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  // Each request has a server of its own: nothing is kept between them.
  const server = new McpServer({ name: "web", version: "1" });
  server.registerTool("greet", { description: "Greets" }, () => ({ content: [{ type: "text", text: "hello" }] }));
  const transport = new StreamableHTTPServerTransport({});
  response.on("close", () => void server.close());
  await server.connect(transport as Parameters<McpServer["connect"]>[0]);
  await transport.handleRequest(request, response);
};

export const startWebServer = async (): Promise<WebServer> => {
  const valid = new Set<string>();
  const seen: string[] = [];
  let url = "";
  const token = (): Record<string, unknown> => {
    const access_token = `access-${randomUUID()}`;
    valid.add(access_token);
    return { access_token, token_type: "Bearer", expires_in: 3600, refresh_token: "renew-me-please" };
  };
  const grants = (form: URLSearchParams): boolean =>
    (form.get("grant_type") === "authorization_code" && form.get("code") === "the-code" && form.has("code_verifier")) ||
    (form.get("grant_type") === "refresh_token" && form.get("refresh_token") === "renew-me-please");
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    if (pathname === "/.well-known/oauth-protected-resource/mcp")
      return json(response, { resource: `${url}/mcp`, authorization_servers: [url] });
    if (pathname === "/.well-known/oauth-authorization-server")
      return json(response, {
        ...{ issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` },
        ...{ registration_endpoint: `${url}/register`, response_types_supported: ["code"] },
        ...{ code_challenge_methods_supported: ["S256"], token_endpoint_auth_methods_supported: ["none"] },
      });
    if (pathname === "/register")
      return json(response, { ...(JSON.parse(await bodyOf(request)) as object), client_id: "client-1" }, 201);
    if (pathname === "/authorize") {
      const back = new URL(searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", "the-code");
      back.searchParams.set("state", searchParams.get("state") ?? "");
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    if (pathname === "/token") {
      const form = new URLSearchParams(await bodyOf(request));
      return grants(form) ? json(response, token()) : json(response, { error: "invalid_grant" }, 400);
    }
    const given = /^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!valid.has(given)) {
      const where = `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`;
      response.writeHead(401, { "www-authenticate": where }).end();
      return;
    }
    seen.push(given);
    return serveMcp(request, response);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => json(response, { error: String(error) }, 500));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${url}/mcp`,
    tokens: seen,
    accept: (given) => void valid.add(given),
    expire: () => valid.clear(),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
