import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a browser brings back from a login: the code, and who says to have given it. */
export type Granted = { readonly code: string; readonly iss: string | null };

type Callback = { readonly url: string; readonly granted: Promise<Granted>; close(): void };

const page = (text: string): string => `<!doctype html><meta charset="utf-8"><title>fettle</title><p>${text}</p>`;

/** Listens on loopback for the browser that comes back. Only an answer with our own state counts. */
export const listenForCode = async (state: string): Promise<Callback> => {
  const { promise: granted, resolve, reject } = Promise.withResolvers<Granted>();
  granted.catch(() => {});
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (pathname !== "/callback" || searchParams.get("state") !== state) {
      response.writeHead(404).end();
      return;
    }
    const given = searchParams.get("code");
    const text =
      given === null
        ? "The login was refused. You can close this page."
        : "fettle is logged in. You can close this page.";
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", connection: "close" }).end(page(text));
    if (given === null)
      reject(new Error(`the login was refused (${searchParams.get("error") ?? "no code was given"})`));
    else resolve({ code: given, iss: searchParams.get("iss") });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callback`,
    granted,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
};
