import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import {
  domains,
  get,
  hostAddress,
  httpHost,
  openNetworkWorkspace,
  runNode,
  tcpHost,
  toProxy,
} from "./network-workspace.ts";

// Each of these says something to the proxy that it must not misunderstand or fall over; what came of it is looked up from
// the outside.

test("the host that is checked is the host that is asked, whatever the headers say", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await httpHost(t);
  const other = await tcpHost(t, "127.0.0.1");
  const policy = domains([`${hostAddress}:${host.port}`]);
  const at = `${hostAddress}:${host.port}`;
  const closed = `127.0.0.1:${other.port}`;
  const { output } = await workspace.run(
    get(`http://${at}/a`, `Host: ${closed}\\r\\nHost: evil.example\\r\\n`),
    policy,
  );
  assert.match(output, /^HTTP\/1\.1 200/);
  assert.deepEqual(host.seen.splice(0), [`GET /a ${at}`]);
  const attempts = [
    get("/relative", `Host: ${at}\\r\\n`),
    get(`http://${at}@${closed}/`, `Host: ${at}\\r\\n`),
    get(`http://${closed}\\\\@${at}/`, `Host: ${at}\\r\\n`),
    get(`http://user@${at}/`, `Host: ${at}\\r\\n`),
    get(`http://${closed}#@${at}/`, `Host: ${at}\\r\\n`),
    get(`http://${closed}/http://${at}/`, `Host: ${at}\\r\\n`),
    get(`https://${at}/`, `Host: ${at}\\r\\n`),
    get(`ftp://${at}/`, `Host: ${at}\\r\\n`),
    get(`//${closed}/`, `Host: ${at}\\r\\n`),
    ...[`${at}@${closed}`, `${at}/@${closed}`, `${at}#`, `${at}:80`, hostAddress, `http://${at}`, closed].map(
      (target) => toProxy(`CONNECT ${target} HTTP/1.1\\r\\nHost: ${at}\\r\\n\\r\\n`),
    ),
  ];
  for (const attempt of attempts) {
    const refused = await workspace.run(attempt, policy);
    assert.match(refused.output, /^HTTP\/1\.1 (?:400|403)/, attempt);
  }
  assert.deepEqual(host.seen, []);
  assert.equal(other.connections(), 0);
});

test("bytes cannot be smuggled past the check of a request", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await tcpHost(t, hostAddress, "HTTP/1.1 204 No Content\r\n\r\n");
  const at = `${hostAddress}:${host.port}`;
  const head = `POST http://${at}/ HTTP/1.1\\r\\nHost: ${at}\\r\\n`;
  const second = `GET http://${at}/smuggled HTTP/1.1\\r\\nHost: ${at}\\r\\nConnection: close\\r\\n\\r\\n`;
  const refused = [
    `${head}Content-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n${second}`,
    `${head}Content-Length: 0\\r\\nContent-Length: 40\\r\\n\\r\\n${second}`,
    `${head}Content-Length: +4\\r\\n\\r\\nabcd${second}`,
    `${head}Transfer-Encoding: xchunked\\r\\n\\r\\n0\\r\\n\\r\\n${second}`,
    `${head}Transfer-Encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n${second}`,
    `${head}Transfer-Encoding : chunked\\r\\n\\r\\n0\\r\\n\\r\\n${second}`,
    `${head}X: a\\r\\n b\\r\\n\\tTransfer-Encoding: chunked\\r\\nContent-Length: x\\r\\n\\r\\n${second}`,
    `GET http://${at}/\\r\\nX: HTTP/1.1\\r\\nHost: ${at}\\r\\n\\r\\n`,
    `GET http://${at}/ HTTP/1.1\\nHost: ${at}\\rX: y\\n\\n`,
    `${head}X\\0: y\\r\\n\\r\\n`,
  ];
  for (const bytes of refused) {
    assert.match((await workspace.run(toProxy(bytes), domains([at]))).output, /^HTTP\/1\.1 400/, bytes);
  }
  assert.equal(host.received(), "");
  // Escapes stay escapes, and what speaks of the connection stays behind.
  const odd = `GET http://${at}/a%0d%0aX-Evil:%201 HTTP/1.1\\r\\nHost: x\\r\\nConnection: close, X-Secret, Content-Length\\r\\nX-Secret: 1\\r\\nProxy-Authorization: Basic eA==\\r\\nTE: trailers\\r\\nUpgrade: h2c\\r\\n\\r\\n`;
  await workspace.run(toProxy(odd), domains([at]));
  assert.equal(host.received(), `GET /a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n\r\n`);
});

test("each request on a kept connection is checked, also one that does not wait for an answer", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const [first, other] = [await httpHost(t), await httpHost(t)];
  const request = (port: number, name: string): string =>
    `GET http://${hostAddress}:${port}/${name} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n`;
  const policy = domains([`${hostAddress}:${first.port}`]);
  const code = `const s = require("net").connect(3128, "127.0.0.1"); let sent = 0, text = ""; const next = () => s.write([${[request(first.port, "one"), request(other.port, "two")].map((text) => JSON.stringify(text).replaceAll("\\\\", "\\"))}][sent++] ?? "");
    s.on("data", (d) => { text += d; if (/hello|refused:/.test(text)) { console.log(text.split(" ")[1]); text = ""; sent < 2 ? next() : s.end(); } }); next();`;
  assert.equal((await workspace.run(runNode(code), policy)).output, "200\n403\n");
  assert.deepEqual(first.seen.splice(0).length, 1);
  const last = request(first.port, "c").replace("Host: x", "Host: x\\r\\nConnection: close");
  const { output } = await workspace.run(toProxy(request(first.port, "a") + request(other.port, "b") + last), policy);
  assert.match(output, /^HTTP\/1\.1 200/);
  assert.deepEqual(other.seen, []);
});

/** Many clients that do what clients should not; the proxy must stay there for one that does. */
const nuisances = (at: string): string =>
  `const net = require("net"); const open = () => { const s = net.connect(3128, "127.0.0.1"); s.on("error", () => {}); return s; };
  for (let i = 0; i < 300; i++) open();
  for (const bytes of [Buffer.alloc(1e6, 65), Buffer.from([5]), Buffer.from([5, 255]), Buffer.from([5, 1, 2]), Buffer.from([5, 3, 0]), Buffer.from([5, 1, 0, 5, 1]), Buffer.from([5, 1, 0, 5, 1, 0, 1, 127]), Buffer.from([5, 1, 0, 5, 2, 0, 1]), Buffer.from([5, 1, 0, 5, 1, 0, 9]), Buffer.from([5, 1, 0, 5, 1, 0, 3, 0]), Buffer.from([4, 1]), Buffer.from([22, 3, 1, 0]),
    "GET http://${at}/ HTTP/1.1\\r\\nHost: x\\r\\nX: " + "y".repeat(1e6), "CONNECT ${at} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "POST http://${at}/ HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 1000\\r\\n\\r\\n"]) {
    open().write(bytes); const reset = open(); reset.write(bytes, () => reset.resetAndDestroy()); }
  setTimeout(() => process.exit(), 300);`;

test("clients that misbehave do not take the proxy away", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await httpHost(t);
  const at = `${hostAddress}:${host.port}`;
  for (let round = 0; round < 3; round += 1) await workspace.run(runNode(nuisances(at)), domains([at]));
  assert.equal((await workspace.run(`curl -s http://${at}/`, domains([at]))).output, "hello\n");
});

test("refused and broken connections do not use up the number of connections", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await httpHost(t);
  const at = `${hostAddress}:${host.port}`;
  const requests = [
    "CONNECT no.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://no.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT no.example:443 HTTP/1.1\r\nHost: x\r\n\r\nmore",
    "nonsense\r\n\r\n",
    "\x05\x01\x00\x05\x01\x00\x01\x01\x01\x01\x01\x00\x50more",
    "\x05\x01\x00\x05\x01",
    "",
  ];
  // Each waits for the end of the one before, as seen by the client alone.
  const code = `const net = require("net"); (async () => { for (let i = 0; i < 1400; i++) await new Promise((resolve) => {
    const s = net.connect(3128, "127.0.0.1", () => s.end(Buffer.from(${JSON.stringify(requests)}[i % ${requests.length}], "latin1"))); s.resume(); s.on("error", () => {}); s.on("close", resolve); }); })()`;
  const { output } = await workspace.run(`${runNode(code)}; curl -sS -m 20 http://${at}/`, domains([at]));
  assert.equal(output, "hello\n");
});

/** What a remote side can do wrong, each on its own connection. */
const badAnswers = [
  "",
  "nonsense\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
  `HTTP/1.1 200 OK\r\nX: ${"y".repeat(200_000)}\r\n\r\n`,
  "HTTP/1.1 99999 X\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
];

test("answers that are none become an error of the proxy's, and half an answer is not a whole one", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const all = [...badAnswers, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"];
  let count = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(all[count++] ?? ""));
  });
  await new Promise<void>((resolve) => server.listen(0, hostAddress, resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const one = `curl -s -o /dev/null -w '%{http_code} ' http://${hostAddress}:${address.port}/ || echo "$? "`;
  const { output } = await workspace.run(all.map(() => one).join("; "), domains([hostAddress]));
  assert.equal(output, `${"502 ".repeat(badAnswers.length)}200 18 \n`);
});
