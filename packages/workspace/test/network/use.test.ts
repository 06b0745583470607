import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createGate } from "../../src/network/gate.ts";
import type { NetworkDecision } from "../../src/network/network-ports.ts";
import { quoteForShell } from "../../src/process/shell-command.ts";
import { policyOf } from "../sandbox/test-workspace.ts";
import { domains, hostAddress, httpHost, node, openNetworkWorkspace } from "./network-workspace.ts";

test("curl and node reach what is allowed, and are told what is not", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const host = await httpHost(t);
  const url = `http://${hostAddress}:${host.port}/x?y=1`;
  const code = `console.log((await (await fetch(${JSON.stringify(url)})).text()).trim()); await fetch("https://other.example/").catch((error) => console.log(error.cause.cause.message));`;
  const { output } = await workspace.run(
    `curl -sS ${url}; curl -sS -p ${url}; curl -sS -x socks5h://127.0.0.1:3128 ${url}; curl -sS http://other.example/; ${node} --no-warnings --input-type=module -e ${quoteForShell(code)}`,
    domains([hostAddress]),
  );
  assert.deepEqual(output.trim().split("\n"), [
    ...["hello", "hello", "hello"],
    "fettle: other.example:80 is refused: it is not in the list of allowed hosts, and nobody allowed it. Ask the user to allow it, or do without; trying again does not help.",
    "hello",
    "Proxy response (403) !== 200 when HTTP Tunneling",
  ]);
  assert.equal(host.seen.length, 4);
  const decisions = workspace.decisions.map(({ protocol, allowed }) => `${protocol} ${allowed}`);
  assert.deepEqual(decisions, [
    "http true",
    "connect true",
    "socks true",
    "http false",
    "connect true",
    "connect false",
  ]);
});

test("git clones over http", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const origin = join(workspace.outside, "origin");
  mkdirSync(origin);
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", origin, "-c", "user.name=A", "-c", "user.email=a@b", ...args]);
  git("init", "-q");
  writeFileSync(join(origin, "file"), "cloned\n");
  git("add", "file");
  git("commit", "-qm", "one");
  git("update-server-info");
  const host = await httpHost(t, ({ url = "" }, response) => {
    try {
      response.end(readFileSync(join(origin, ".git", new URL(url, "http://x").pathname.replace("/repo.git", ""))));
    } catch {
      response.writeHead(404).end();
    }
  });
  const { output } = await workspace.run(
    `git clone -q http://${hostAddress}:${host.port}/repo.git copy && cat copy/file`,
    domains([hostAddress]),
  );
  assert.equal(output, "cloned\n");
});

test("npm installs from an allowed registry, though the user's own cache can only be read", async (t) => {
  const workspace = await openNetworkWorkspace(t);
  const cache = join(process.env.HOME ?? "", ".npm/_cacache");
  mkdirSync(cache, { recursive: true });
  mkdirSync(join(workspace.outside, "package"));
  writeFileSync(join(workspace.outside, "package/package.json"), '{"name":"tiny","version":"1.0.0"}');
  const archive = execFileSync("tar", ["-C", workspace.outside, "-cz", "package"]);
  const host = await httpHost(t, ({ url = "", headers }, response) => {
    const tarball = `http://${headers.host}/tiny.tgz`;
    const about = {
      name: "tiny",
      "dist-tags": { latest: "1.0.0" },
      versions: { "1.0.0": { name: "tiny", version: "1.0.0", dist: { tarball } } },
    };
    response.end(url === "/tiny" ? JSON.stringify(about) : archive);
  });
  const install = `npm install --silent --no-audit --registry http://${hostAddress}:${host.port}/ tiny && ls node_modules`;
  const { output } = await workspace.run(install, domains([hostAddress]));
  assert.equal(output, "tiny\n");
  assert.deepEqual(readdirSync(cache), []);
});

test("encrypted connections go through untouched", async (t) => {
  const { outside, run } = await openNetworkWorkspace(t);
  const [key, cert] = [join(outside, "key.pem"), join(outside, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", `subjectAltName=IP:${hostAddress}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-nodes", "-keyout", key, "-out", cert, ...subject], {
    stdio: "ignore",
  });
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
    response.end("sealed\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, hostAddress, resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const certificate = quoteForShell(readFileSync(cert, "utf8"));
  const { output } = await run(
    `printf %s ${certificate} > cert.pem; curl -sS --cacert cert.pem https://${hostAddress}:${port}/`,
    domains([hostAddress]),
  );
  assert.equal(output, "sealed\n");
});

test("large bodies pass whole in both directions", async (t) => {
  const { run } = await openNetworkWorkspace(t);
  const size = 20_000_000;
  const host = await httpHost(t, (request, response) => {
    if (request.method === "GET") return void response.end(Buffer.alloc(size, "fettle"));
    const hash = createHash("sha256");
    request.on("data", (chunk: Buffer) => hash.update(chunk));
    request.on("end", () => response.end(`${hash.digest("hex")}\n`));
  });
  const url = `http://${hostAddress}:${host.port}/`;
  const { output } = await run(
    `curl -s ${url} > /tmp/big; sha256sum < /tmp/big | cut -d' ' -f1; curl -s --data-binary @/tmp/big ${url}; curl -s -T - ${url} < /tmp/big; curl -s -p --data-binary @/tmp/big ${url}`,
    domains([hostAddress]),
  );
  const expected = createHash("sha256").update(Buffer.alloc(size, "fettle")).digest("hex");
  assert.equal(output, `${expected}\n`.repeat(4));
});

test("commands run side by side, and one reaches the server of another", async (t) => {
  const { workspace, root, run } = await openNetworkWorkspace(t);
  const host = await httpHost(t);
  const network = domains([hostAddress]);
  const server = await workspace.start({
    script: `${node} -e 'require("http").createServer((q, r) => r.end("from inside\\n")).listen(8123, "127.0.0.1", () => console.log("up"))'`,
    cwd: root,
    policy: policyOf({ network, readableRoots: [join(node, "..")] }),
  });
  assert.ok(server.ok);
  await new Promise<void>((resolve) => server.command.onOutput(() => resolve()));
  const both = await Promise.all([
    run(`curl -sS http://127.0.0.1:8123/ http://${hostAddress}:${host.port}/`, network),
    run("curl -sS http://localhost:8123/", network),
  ]);
  assert.deepEqual(
    both.map(({ output }) => output),
    ["from inside\nhello\n", "from inside\n"],
  );
  await server.command.kill({ graceMs: 0 });
  assert.equal((await run("curl -s http://127.0.0.1:8123/ || echo gone", network)).output, "gone\n");
});

test("a host that nothing names is asked about, and the answer opens it", async (t) => {
  const workspace = await openNetworkWorkspace(t, {
    ask: async ({ host }) => host === "yes.example",
    resolve: async () => [hostAddress],
  });
  const host = await httpHost(t);
  const fetchBoth = ["yes", "no"]
    .map((name) => `curl -s -o /dev/null -w '%{http_code} ' http://${name}.example:${host.port}/`)
    .join("; ");
  assert.equal((await workspace.run(fetchBoth, domains([hostAddress]))).output, "200 403 ");
  assert.deepEqual(workspace.asked, [
    { host: "yes.example", port: host.port, protocol: "http", method: "GET" },
    { host: "no.example", port: host.port, protocol: "http", method: "GET" },
  ]);
});

test("connections to one host wait for one answer, which a stricter policy outweighs", async () => {
  const answers = new Map<string, (answer: boolean) => void>();
  const decisions: NetworkDecision[] = [];
  let questions = 0;
  const gate = createGate({
    ask: ({ host }) => {
      questions += 1;
      return new Promise((resolve) => answers.set(host, resolve));
    },
    decided: (decision) => decisions.push(decision),
    resolve: async () => ["1.1.1.1"],
  });
  const empty = { allow: [], deny: [], methods: null };
  gate.change(empty);
  const request = (host: string) => ({ host, port: 443, protocol: "connect", method: null }) as const;
  const same = [gate.admit(request("a.example")), gate.admit(request("a.example"))];
  const other = gate.admit(request("b.example"));
  await Promise.resolve();
  assert.equal(questions, 2);
  answers.get("a.example")?.(true);
  assert.deepEqual(await Promise.all(same), Array(2).fill({ ok: true, addresses: ["1.1.1.1"] }));
  const denied = { text: "b.example", host: "b.example", itself: true, below: false, port: null };
  gate.change({ ...empty, deny: [denied] });
  answers.get("b.example")?.(true);
  assert.equal((await other).ok, false);
  assert.deepEqual(
    decisions.map(({ host, allowed }) => `${host} ${allowed}`),
    ["a.example true", "a.example true", "b.example false"],
  );
});

test("an answer about one port is none about another", async () => {
  const asked: string[] = [];
  const gate = createGate({
    ask: async ({ host, port }) => {
      asked.push(`${host}:${port}`);
      return port === 443;
    },
    decided: () => {},
    resolve: async () => ["1.1.1.1"],
  });
  gate.change({ allow: [], deny: [], methods: null });
  const admit = async (port: number): Promise<boolean> =>
    (await gate.admit({ host: "a.example", port, protocol: "connect", method: null })).ok;
  assert.deepEqual(await Promise.all([admit(443), admit(5432), admit(443)]), [true, false, true]);
  assert.deepEqual(asked, ["a.example:443", "a.example:5432"]);
});

test("a flood of questions is cut off", async () => {
  let questions = 0;
  const ask = (): Promise<boolean> => {
    questions += 1;
    return new Promise(() => {});
  };
  const gate = createGate({ ask, decided: () => {} });
  gate.change({ allow: [], deny: [], methods: null });
  const request = (at: number) => ({ host: `h${at}.example`, port: 443, protocol: "socks", method: null }) as const;
  const admissions = Array.from({ length: 100 }, (_, at) => gate.admit(request(at)));
  assert.deepEqual((await admissions.at(-1))?.ok, false);
  assert.equal(questions, 16);
});

test("an entry that cannot be read refuses the command", async (t) => {
  const { workspace, root } = await openNetworkWorkspace(t);
  const policy = policyOf({ network: domains([], { deny: ["https://bad.example"] }) });
  const started = await workspace.start({ script: "true", cwd: root, policy });
  assert.ok(
    !started.ok &&
      started.message.startsWith('Not run: the entry "https://bad.example" in the network\'s deny list is no host'),
  );
});
