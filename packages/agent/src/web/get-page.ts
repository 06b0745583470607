import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { ConnectionRequest, Workspace } from "@fettle/workspace";
import type { CallClock } from "../mcp/call-clock.ts";
import { isReadable, mediaType, pageText } from "./page-text.ts";

/*
 * Gets one page. Each address on the way, also after a redirect, is decided about by the workspace, which connects to
 * what it has checked: a name is looked up once and never by us.
 */

export type GotPage =
  | {
      readonly ok: true;
      readonly address: string;
      readonly title: string;
      readonly type: string;
      readonly text: string;
      readonly cut: boolean;
    }
  | { readonly ok: false; readonly message: string };

export type GetPorts = {
  /** Decides and connects; the clock stands still meanwhile, for a person may be asked. */
  connect(request: ConnectionRequest): ReturnType<Workspace["connect"]>;
  readonly clock: CallClock;
  readonly signal: AbortSignal;
  readonly agent: string;
};

const mostBytes = 5 * 1024 * 1024;
const mostRedirects = 5;

const accepted =
  "text/html, application/xhtml+xml, text/markdown, text/plain, application/json, text/*;q=0.8, */*;q=0.1";

/** An address that can be fetched; a string says why it is none. */
export const readAddress = (text: string, base?: string): URL | string => {
  const url = URL.parse(text.trim(), base);
  if (url === null) return `${JSON.stringify(text.slice(0, 200))} is no address`;
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return `only http and https are fetched, not ${url.protocol}`;
  if (url.username !== "" || url.password !== "") return "an address with a name or a password in it is not fetched";
  url.hash = "";
  return url;
};

const encrypted = async (socket: Socket, host: string): Promise<Socket> => {
  const { connect } = await import("node:tls");
  const isName = !/^[\d.]+$|:/.test(host);
  const address = host.replace(/^\[|\]$/g, "");
  const over = connect({ socket, ALPNProtocols: ["http/1.1"], ...(isName ? { servername: host } : { host: address }) });
  // Whoever uses it sees the end of it; an error that comes later would end our process.
  return over.on("error", () => {});
};

const ask = (url: URL, socket: Socket, { agent, signal }: GetPorts): Promise<IncomingMessage> =>
  new Promise((done, fail) => {
    const request = process.getBuiltinModule("node:http").get({
      createConnection: () => socket,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        accept: accepted,
        "accept-encoding": "gzip, br",
        "user-agent": agent,
        connection: "close",
      },
      signal,
    });
    request.once("response", done);
    request.once("error", fail);
  });

const unpacked = async (answer: IncomingMessage): Promise<Readable | string> => {
  const coding = (answer.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (coding === "identity" || coding === "") return answer;
  const { createBrotliDecompress, createGunzip } = await import("node:zlib");
  const unpack = coding === "br" ? createBrotliDecompress() : /^(?:x-)?gzip$/.test(coding) ? createGunzip() : null;
  if (unpack === null) return `the answer is packed in a way that is not known (${coding.slice(0, 40)})`;
  answer.once("error", (error) => unpack.destroy(error));
  answer.once("aborted", () => unpack.destroy(new Error("the connection was closed")));
  return answer.pipe(unpack);
};

/** At most `mostBytes`, counted as they come out of what they were packed in. */
const bodyOf = async (answer: IncomingMessage): Promise<{ bytes: Buffer; cut: boolean } | string> => {
  const stream = await unpacked(answer);
  if (typeof stream === "string") return stream;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostBytes) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, mostBytes), cut: length > mostBytes };
};

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

const read = async (answer: IncomingMessage, url: URL): Promise<GotPage> => {
  const header = answer.headers["content-type"];
  const status = answer.statusCode ?? 0;
  const said = mediaType(header, Buffer.alloc(0));
  if (header !== undefined && !isReadable(said))
    return {
      ok: false,
      message: `${url.href} is ${said.slice(0, 80)}; only text is read (HTML, Markdown, JSON, plain text)`,
    };
  const body = await bodyOf(answer);
  if (typeof body === "string") return { ok: false, message: body };
  const type = mediaType(header, body.bytes);
  if (!isReadable(type)) return { ok: false, message: `${url.href} is no text` };
  const { title, text } = await pageText(body.bytes, { type, header, address: url.href });
  if (status >= 400)
    return {
      ok: false,
      message: `${url.href} answered ${status} ${answer.statusMessage ?? ""}: ${text.trim().slice(0, 500)}`,
    };
  return { ok: true, address: url.href, title, type, text, cut: body.cut };
};

const portOf = (url: URL): number => Number(url.port) || (url.protocol === "https:" ? 443 : 80);

const step = async (url: URL, ports: GetPorts): Promise<GotPage | URL> => {
  const secure = url.protocol === "https:";
  const connected = await ports.clock.whileStopped(() =>
    ports.connect({
      host: url.hostname,
      port: portOf(url),
      protocol: secure ? "connect" : "http",
      method: secure ? null : "GET",
      by: `web_fetch of ${url.href.slice(0, 300)}`,
    }),
  );
  if (!connected.ok) return connected;
  const socket = secure ? await encrypted(connected.socket, url.hostname) : connected.socket;
  try {
    ports.signal.throwIfAborted();
    const answer = await ask(url, socket, ports);
    const { location } = answer.headers;
    if (!isRedirect(answer.statusCode ?? 0) || location === undefined) return await read(answer, url);
    const next = readAddress(location, url.href);
    return typeof next === "string" ? { ok: false, message: `${url.href} leads on to another address: ${next}` } : next;
  } finally {
    socket.destroy();
    connected.socket.destroy();
  }
};

/** Gets the page at an address, by way of redirects. Never rejects. */
export const getPage = async (from: URL, ports: GetPorts): Promise<GotPage> => {
  let url = from;
  try {
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const got = await step(url, ports);
      if (!(got instanceof URL)) return got;
      url = got;
    }
    return { ok: false, message: `${from.href} leads on to more than ${mostRedirects} other addresses` };
  } catch (error) {
    if (ports.clock.signal.aborted) return { ok: false, message: `${url.href} did not answer in time` };
    return {
      ok: false,
      message: `${url.href} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};
