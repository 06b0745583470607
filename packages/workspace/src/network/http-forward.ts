import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { dial } from "./connection.ts";
import { type Gate, refusalText } from "./gate.ts";
import { type Authority, authorityText, readAuthority } from "./host-name.ts";
import type { NetworkRequest } from "./network-ports.ts";

/** Header lines and the whole head are bounded by this. */
export const mostHeaderBytes = 64 * 1024;

/** Not passed on: they speak of one connection, or are a matter between client and proxy (RFC 9110, 7.6.1). */
const connectionHeaders = new Set(
  "connection proxy-connection keep-alive te trailer transfer-encoding upgrade proxy-authorization proxy-authenticate proxy-authentication-info expect".split(
    " ",
  ),
);

/** `raw` alternates names and values. Those that `Connection` names are left out too. */
const passedOn = (raw: readonly string[], more: readonly string[] = []): string[] => {
  const pairs = Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2] ?? "", raw[at * 2 + 1] ?? ""] as const);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(","))
    .map((name) => name.trim())
    // What frames the body is not the client's to remove.
    .filter((name) => name !== "content-length");
  const left = new Set([...connectionHeaders, ...named, ...more]);
  return pairs.filter(([name]) => !left.has(name.toLowerCase())).flat();
};

/** The parser takes chunks off and nothing else, so a body in another coding would be passed on without its name. */
export const isOnlyChunked = (message: IncomingMessage): boolean =>
  /^(?:chunked)?$/i.test(message.headers["transfer-encoding"] ?? "");

type Target = Authority & { readonly path: string };

/** Reads `http://host:port/path`. The path is passed on letter by letter. */
const readTarget = (url: string): Target | string => {
  const parts = /^http:\/\/([^/?#\\]*)([^#]*)$/i.exec(url);
  if (!parts) return "this is a proxy: it takes requests for http://… and CONNECT";
  const at = readAuthority(parts[1] ?? "", 80);
  if (at === null) return `${JSON.stringify(parts[1])} is no host`;
  const rest = parts[2] ?? "";
  return { ...at, path: rest.startsWith("/") ? rest : `/${rest}` };
};

/** Answers in the place of the remote side, with one line of text. */
export const respond = (response: ServerResponse, status: number, text: string): void => {
  if (response.destroyed || response.headersSent) return void response.destroy();
  const mark = status === 403 ? { "x-fettle-refused": "network-policy" } : {};
  // The connection stays: closing it while a body still arrives would take the answer from the client.
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...mark });
  response.end(`${text}\n`);
};

const requestHeaders = (request: IncomingMessage, target: Target): string[] => {
  const headers = passedOn(request.rawHeaders, ["host"]);
  const chunked = request.headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
  return ["Host", authorityText(target, 80), ...headers, ...chunked, "Connection", "close"];
};

const exchange = (request: IncomingMessage, response: ServerResponse, target: Target, remote: Socket): void => {
  const failed = (why: string): void => {
    // Once it has begun, the answer itself tells whether it is whole: it may come before all of the body was sent.
    if (!response.headersSent) respond(response, 502, `fettle: ${authorityText(target)} gave no answer: ${why}.`);
  };
  const outgoing = process.getBuiltinModule("node:http").request({
    createConnection: () => remote,
    method: request.method,
    path: target.path,
    headers: requestHeaders(request, target),
    setHost: false,
    insecureHTTPParser: false,
    maxHeaderSize: mostHeaderBytes,
  });
  response.once("close", () => outgoing.destroy());
  outgoing.on("error", (error) => failed(error.message));
  outgoing.on("close", () => {
    failed("the connection was closed");
    // What is left of the body stands before the next request.
    request.unpipe(outgoing);
    request.resume();
  });
  outgoing.on("response", (answer) => {
    if (!isOnlyChunked(answer)) return void outgoing.destroy();
    response.sendDate = false;
    try {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders));
    } catch {
      // A header that may be received but not sent.
      outgoing.destroy();
      return respond(response, 502, `fettle: ${authorityText(target)} answered with a head that cannot be passed on.`);
    }
    // Breaks the client's connection off when the remote one breaks, so that half an answer is not taken for a whole.
    pipeline(answer, response, () => {});
  });
  // Not a pipeline: an answer that comes before the body was read would be lost with the client's connection.
  request.pipe(outgoing);
};

/** Carries one request to the host that its target names, or answers why not. `remember` as in SOCKS. Never rejects. */
export const forward = async (
  incoming: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  remember: (request: NetworkRequest) => void,
): Promise<void> => {
  const target = readTarget(incoming.url ?? "");
  for (const stream of [incoming, response]) stream.on("error", () => {});
  if (typeof target === "string") return respond(response, 400, `fettle: ${target}.`);
  const { host, port } = target;
  const request: NetworkRequest = { host, port, protocol: "http", method: incoming.method ?? "" };
  remember(request);
  const admission = await gate.admit(request);
  if (!admission.ok) {
    return respond(response, admission.kind === "refused" ? 403 : 502, refusalText(request, admission));
  }
  if (response.destroyed) return;
  const remote = await dial(admission.addresses, port);
  if (typeof remote === "string") {
    return respond(response, 502, `fettle: ${authorityText(target)} cannot be reached: ${remote}.`);
  }
  if (response.destroyed) return void remote.destroy();
  exchange(incoming, response, target, remote);
};
