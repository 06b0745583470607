import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/* A web server of this machine's, outside of every sandbox. */

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export type Site = {
  readonly port: number;
  /** `http://ADDRESS:PORT` */
  readonly origin: string;
  /** The paths that were asked for, in order. */
  readonly asked: string[];
};

export const startSite = async (
  t: TestContext,
  pages: Readonly<Record<string, Answer>>,
  address = "127.0.0.1",
): Promise<Site> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const answer = pages[new URL(request.url ?? "", "http://x").pathname];
    if (answer === undefined) response.writeHead(404, { "content-type": "text/plain" }).end("nothing here");
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://${address}:${port}`, asked };
};

/** An answer with this body. */
export const page =
  (body: string | Buffer, type = "text/html; charset=utf-8", headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": type, ...headers }).end(body);
  };

export const redirect =
  (location: string): Answer =>
  (_request, response) => {
    response.writeHead(302, { location }).end();
  };
