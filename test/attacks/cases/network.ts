import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { basename, join } from "node:path";
import { type Attack, reached, saysReached } from "../attack.ts";
import { chownToUser, type Scene } from "../scene.ts";

type Listener = { readonly address: string; hits: number };
const listeners = new WeakMap<Scene, Listener>();
const hit = (scene: Scene): boolean => (listeners.get(scene)?.hits ?? 0) > 0;
const portOf = (scene: Scene): string => listeners.get(scene)?.address ?? "";

/** A server on the host that counts who comes: on a port of `host`, or at a path. */
const listen = async (scene: Scene, where: { host: string } | { path: string }): Promise<void> => {
  const listener: Listener = { address: "", hits: 0 };
  const server = createServer((socket) => {
    listener.hits += 1;
    socket.on("error", () => {});
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if ("path" in where) server.listen(where.path, resolve);
    else server.listen(0, where.host, resolve);
  });
  if ("path" in where && !where.path.startsWith("\0")) chownToUser(scene, where.path);
  const address = server.address();
  const text = typeof address === "object" && address !== null ? String(address.port) : (address ?? "");
  listeners.set(scene, Object.assign(listener, { address: text }));
  scene.onClose(() => server.close());
};

const listenDatagram = async (scene: Scene): Promise<void> => {
  const listener: Listener = { address: "", hits: 0 };
  const socket = createSocket("udp4", () => {
    listener.hits += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  listeners.set(scene, Object.assign(listener, { address: String(socket.address().port) }));
  scene.onClose(() => socket.close());
};

const network = (
  name: string,
  prepare: Attack["prepare"],
  script: Attack["script"],
  more: Partial<Attack> = {},
): Attack => ({
  name,
  class: "network",
  severe: true,
  ...(prepare ? { prepare } : {}),
  script,
  escaped: hit,
  ...more,
});

const tcp4 = (scene: Scene): Promise<void> => listen(scene, { host: "127.0.0.1" });
const connect =
  (host: string): Attack["script"] =>
  (s) =>
    `perl -MIO::Socket::IP -e 'my $c = IO::Socket::IP->new(PeerHost => "${host}", PeerPort => ${portOf(s)}, Timeout => 2) or exit 1; print $c "hello"; sleep 0'`;
const unixConnect = (path: string): string =>
  `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => "${path}") or exit 1'`;

const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === "IPv4" && !one.internal)?.address;

/** Asks the proxy that is offered inside, where there is one, in its own words. */
const viaProxy =
  (request: (s: Scene) => string): Attack["script"] =>
  (s) =>
    `perl -MIO::Socket::INET -e '
  my ($h, $p) = ($ENV{HTTP_PROXY} || $ENV{http_proxy} || "http://127.0.0.1:${portOf(s)}") =~ m{//(?:[^@/]*@)?([^:/]+):(\\d+)};
  my $c = IO::Socket::INET->new(PeerHost => $h, PeerPort => $p, Timeout => 3) or exit 1; $c->timeout(3);
  print $c "${request(s)}"; $c->flush; sysread($c, my $b, 4096); print $c "GET / HTTP/1.1\\r\\n\\r\\n"; print $b'`;

const proxy = (name: string, request: (s: Scene) => string): Attack =>
  network(`proxy: ${name}`, tcp4, viaProxy(request), { options: () => ["--allow-domain", "allowed.example"] });

export const networkAttacks: readonly Attack[] = [
  network("TCP to the host", tcp4, connect("127.0.0.1")),
  network(
    "TCP to the host by its own address",
    (s) => listen(s, { host: "0.0.0.0" }),
    connect(ownAddress ?? "127.0.0.1"),
  ),
  network("TCP by IPv6", (s) => listen(s, { host: "::1" }), connect("::1")),
  network("TCP by an IPv4 address in IPv6", tcp4, connect("::ffff:127.0.0.1")),
  network(
    "UDP",
    listenDatagram,
    (s) =>
      `perl -MIO::Socket::INET -e 'my $c = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:${portOf(s)}"); print $c "x"'; sleep 0.1`,
  ),
  network(
    "a question to a name server",
    listenDatagram,
    (s) =>
      `perl -MIO::Socket::INET -e 'my $c = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:${portOf(s)}"); print $c "\\x12\\x34\\x01\\0\\0\\1\\0\\0\\0\\0\\0\\0\\1a\\0\\0\\1\\0\\1"'; sleep 0.1`,
  ),
  network(
    "abstract socket",
    (s) => listen(s, { path: `\0fettle-attack-${basename(s.top)}` }),
    (s) =>
      `perl -MSocket -e 'socket(my $c, AF_UNIX, SOCK_STREAM, 0); connect($c, pack("S", AF_UNIX) . "\\0fettle-attack-${basename(s.top)}") or exit 1'`,
  ),
  network(
    "socket in a folder outside",
    (s) => listen(s, { path: join(s.outside, "daemon.sock") }),
    (s) => unixConnect(`${s.outside}/daemon.sock`),
  ),
  network(
    "socket in the home folder",
    (s) => listen(s, { path: join(s.home, "agent.sock") }),
    (s) => unixConnect(`${s.home}/agent.sock`),
  ),
  network(
    "socket in the workspace",
    (s) => listen(s, { path: join(s.workspace, "server.sock") }),
    (s) => unixConnect(`${s.workspace}/server.sock`),
  ),
  network(
    "socket in the workspace, its folder renamed",
    async (s) => {
      s.write(join(s.workspace, "run/keep"), "");
      await listen(s, { path: join(s.workspace, "run/server.sock") });
    },
    (s) =>
      `mv run ran; ${unixConnect(`${s.workspace}/ran/server.sock`)}; ${unixConnect(`${s.workspace}/run/server.sock`)}`,
  ),
  network(
    "socket in /run",
    async (s) => {
      const folder = mkdtempSync("/run/fettle-attack-");
      s.onClose(() => rmSync(folder, { recursive: true, force: true }));
      chownToUser(s, folder);
      await listen(s, { path: join(folder, "docker.sock") });
    },
    (s) => unixConnect(portOf(s)),
    { onlyAs: "root" },
  ),
  network(
    "socket in the shared temporary folder",
    async (s) => {
      const folder = mkdtempSync("/tmp/fettle-attack-");
      s.onClose(() => rmSync(folder, { recursive: true, force: true }));
      chownToUser(s, folder);
      await listen(s, { path: join(folder, "tmux") });
    },
    (s) => unixConnect(portOf(s)),
  ),
  network(
    "network of another process",
    tcp4,
    (s) =>
      `nsenter -t 1 -n true && ${connect("127.0.0.1")(s)}; unshare -Urn true; for p in 1 $PPID; do nsenter -t $p -U -n ${connect("127.0.0.1")(s)}; done`,
  ),
  network(
    "connections of the host listed",
    tcp4,
    (s) => `cat /proc/net/tcp /proc/1/net/tcp | grep -qi ":$(printf %04X ${portOf(s)}) .* 0A " && echo ${reached}`,
    { severe: false, escaped: saysReached },
  ),
  network(
    "interfaces of the host listed",
    () => {},
    () => "cat /proc/net/dev; ls /sys/class/net",
    {
      severe: false,
      escaped: (_s, ran) =>
        Object.keys(networkInterfaces()).some((name) => name !== "lo" && new RegExp(`\\b${name}\\b`).test(ran.output)),
    },
  ),
  network(
    "virtual machine socket",
    () => {},
    () => `perl -MSocket -e 'socket(my $c, 40, SOCK_STREAM, 0) and print "${reached}"'`,
    { escaped: saysReached },
  ),
  network(
    "packets",
    () => {},
    () => `perl -MSocket -e 'socket(my $c, 17, SOCK_RAW, 768) and print "${reached}"'`,
    { severe: false, escaped: saysReached },
  ),
  network(
    "audit messages",
    () => {},
    () => `perl -MSocket -e 'socket(my $c, 38, SOCK_SEQPACKET, 0) and print "${reached}"'`,
    { severe: false, escaped: saysReached },
  ),
  proxy("tunnel to this machine", (s) => `CONNECT 127.0.0.1:${portOf(s)} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n`),
  proxy("tunnel to a number that means this machine", (s) => `CONNECT 2130706433:${portOf(s)} HTTP/1.1\\r\\n\\r\\n`),
  proxy("tunnel to a hexadecimal address", (s) => `CONNECT 0x7f.1:${portOf(s)} HTTP/1.1\\r\\n\\r\\n`),
  proxy("tunnel to a name of this machine", (s) => `CONNECT localhost.:${portOf(s)} HTTP/1.1\\r\\n\\r\\n`),
  proxy("tunnel by IPv6", (s) => `CONNECT [::ffff:127.0.0.1]:${portOf(s)} HTTP/1.1\\r\\n\\r\\n`),
  proxy(
    "another host in the header",
    (s) => `GET http://127.0.0.1:${portOf(s)}/ HTTP/1.1\\r\\nHost: allowed.example\\r\\n\\r\\n`,
  ),
  proxy(
    "a name in front of the host",
    (s) => `GET http://allowed.example\\@127.0.0.1:${portOf(s)}/ HTTP/1.1\\r\\nHost: allowed.example\\r\\n\\r\\n`,
  ),
  network("past the proxy", tcp4, connect("127.0.0.1"), { options: () => ["--allow-domain", "allowed.example"] }),
];
