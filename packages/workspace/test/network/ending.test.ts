import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { asOrdinaryUser, nobody } from "../as-ordinary-user.ts";
import { domains, hostAddress, httpHost, node, openNetworkWorkspace, tcpHost } from "./network-workspace.ts";

const program = join(import.meta.dirname, "programs/network-command.ts");

/** Processes that are in a network namespace, by its name in /proc. */
const processesIn = (namespace: string): string[] =>
  readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/ns/net`) === namespace;
    } catch {
      return false;
    }
  });

const openDescriptors = (): string[] =>
  readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return [];
    }
  });

/** Prints the namespace, opens a tunnel, and stays with a child that has left its session. */
const stay = (at: string): string =>
  `readlink /proc/self/ns/net; setsid sleep 1000 & exec 9<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${at} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&9; exec sleep 1000`;

test("closing the workspace ends commands, connections and namespace", async (t) => {
  const before = openDescriptors().filter((target) => /^(?:net|user):/.test(target));
  const { workspace, root } = await openNetworkWorkspace(t);
  const host = await tcpHost(t, hostAddress);
  const at = `${hostAddress}:${host.port}`;
  const policy = { writableRoots: [], readableRoots: [], hiddenPaths: [], secrets: [], network: domains([at]) };
  const started = await workspace.start({
    script: stay(at),
    cwd: root,
    policy: { ...policy, mode: "workspace-write" },
  });
  assert.ok(started.ok);
  const namespace = await new Promise<string>((resolve) =>
    started.command.onOutput((chunk) => resolve(`${chunk}`.trim())),
  );
  assert.match(namespace, /^net:\[\d+\]$/);
  await host.until((open) => open === 1);
  // No process of ours stays in there between commands; these are the command's own.
  const inside = processesIn(namespace);
  assert.ok(inside.length > 0);
  await workspace.close();
  await host.until((open) => open === 0);
  // The kernel gives the number of a namespace that is gone to the next one made on the machine.
  const left = processesIn(namespace).filter((pid) => inside.includes(pid));
  assert.deepEqual(left, []);
  assert.deepEqual(
    openDescriptors().filter((target) => /^(?:net|user):/.test(target)),
    before,
  );
  const late = await workspace.start({ script: "true", cwd: root, policy: { ...policy, mode: "workspace-write" } });
  assert.ok(!late.ok && /closed/.test(late.message));
});

test("nothing lives in the namespace between commands", async (t) => {
  const { run } = await openNetworkWorkspace(t);
  const { output } = await run("setsid sleep 1000 & readlink /proc/self/ns/net", domains());
  assert.deepEqual(processesIn(output.trim()), []);
});

test("the death of our own process leaves no process, connection or namespace", async (t) => {
  const { root, stateDir } = await openNetworkWorkspace(t);
  const host = await tcpHost(t, hostAddress);
  const at = `${hostAddress}:${host.port}`;
  const child = spawn(node, [program, root, stateDir, at, stay(at)], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const namespace = /net:\[\d+\]/.exec(line.toString())?.[0] ?? "none";
  await host.until((open) => open === 1);
  const inside = processesIn(namespace);
  assert.ok(inside.length > 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  await host.until((open) => open === 0);
  // The kernel takes the rest of the tree a moment later.
  while (processesIn(namespace).some((pid) => inside.includes(pid)))
    await new Promise((resolve) => setImmediate(resolve));
});

test("an ordinary user has the same network", {
  skip: process.getuid?.() === 0 ? false : "these tests already run as an ordinary user",
}, async (t: TestContext) => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "ordinary-network-")));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const [root = "", stateDir = "", home = ""] = ["project", "state", "home"].map((name) => {
    mkdirSync(join(top, name));
    chownSync(join(top, name), nobody, nobody);
    return join(top, name);
  });
  chmodSync(top, 0o755);
  const host = await httpHost(t);
  const direct = await tcpHost(t, "127.0.0.1");
  const script = `id -u; curl -s http://${hostAddress}:${host.port}/; curl -s http://example.org/ -o /dev/null; cat < /dev/tcp/127.0.0.1/${direct.port};
    ip link set lo down; ip addr add 127.77.0.1/8 dev lo; nsenter -t 1 -U -n true && echo ENTERED; ls -l /proc/self/fd | grep -E 'net:|user:|socket:'; grep -h Cap /proc/self/status | tr -d '0\\t\\n'; echo; ip -o addr`;
  const argv = [node, program, root, stateDir, hostAddress, script, dirname(node)];
  const [file, ...args] = asOrdinaryUser(join(top, "clone"), argv);
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH ?? "", HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, "close");
  assert.match(output, /^65534\n/);
  assert.match(output, /^hello$/m);
  assert.match(output, /^allowed http 127\.0\.0\.2$/m);
  assert.match(output, /^refused http example\.org$/m);
  assert.match(
    output,
    /CapInh:CapPrm:CapEff:CapBnd:CapAmb:\n1: lo +inet 127\.0\.0\.1\/8 .*\n1: lo +inet6 ::1\/128 [^\n]*\n$/,
  );
  assert.doesNotMatch(output, /ENTERED|net:|user:|socket:|reached/);
  assert.equal(direct.connections(), 0);
});

test("without nsenter a command is refused, with the remedy", (t) => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "no-nsenter-")));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  for (const name of ["project", "state"]) mkdirSync(join(top, name));
  if (process.getuid?.() !== 0) return t.skip("hiding a program needs root");
  const words = [node, program, join(top, "project"), join(top, "state"), "example.org", "echo ran"];
  const hide =
    'for p in /usr/bin/nsenter /bin/nsenter; do [ -e $p ] && mount --bind -o ro /dev/null $p; done; "$@" 2>&1; true';
  const output = execFileSync("unshare", ["--mount", "sh", "-c", hide, "sh", ...words], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
  });
  assert.match(
    output,
    /Not run: the network for allowed hosts needs nsenter, which is not installed\. Remedy: install util-linux/,
  );
  assert.doesNotMatch(output, /^ran$/m);
});
