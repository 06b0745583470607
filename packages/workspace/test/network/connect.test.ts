import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkPolicy } from "../../src/types.ts";
import { domains, hostAddress, openNetworkWorkspace, tcpHost } from "./network-workspace.ts";

const none: NetworkPolicy = { kind: "none" };
const host: NetworkPolicy = { kind: "host" };

const tunnelTo = (to: string, port: number) => ({ host: to, port, protocol: "connect" as const, method: null });

test("a connection of our own is asked about, decided and told as those of commands are", async (t) => {
  const remote = await tcpHost(t, hostAddress);
  const { workspace, asked, decisions } = await openNetworkWorkspace(t, {
    ask: async ({ host: name }) => name === "yes.example",
    resolve: async () => [hostAddress],
  });
  const policy = domains([`${hostAddress}:${remote.port}`]);
  const connected = await workspace.connect(policy, { ...tunnelTo("YES.example.", remote.port), by: "a page" });
  assert.ok(connected.ok);
  connected.socket.destroy();
  const refused = await workspace.connect(policy, tunnelTo("no.example", remote.port));
  assert.match(refused.ok ? "" : refused.message, /no\.example:\d+ is refused: it is not in the list of allowed hosts/);
  assert.deepEqual(
    asked.map(({ host: name, by }) => [name, by]),
    [
      ["yes.example", "a page"],
      ["no.example", undefined],
    ],
  );
  assert.deepEqual(
    decisions.map(({ host: name, allowed }) => [name, allowed]),
    [
      ["yes.example", true],
      ["no.example", false],
    ],
  );
});

test("a name is looked up once, and what it leads to is dialled or refused; it cannot change its mind in between", async (t) => {
  const inner = await tcpHost(t, "127.0.0.3");
  const answers = [["203.0.113.7"], ["127.0.0.3"]];
  let lookups = 0;
  const { workspace } = await openNetworkWorkspace(t, { resolve: async () => answers[lookups++] ?? [] });
  // The first answer is an address that nobody may reach: with a second lookup the connection would go to the other.
  const first = await workspace.connect(domains(["rebind.example"]), tunnelTo("rebind.example", inner.port));
  assert.equal(first.ok, false);
  assert.equal(lookups, 1);
  const second = await workspace.connect(domains(["rebind.example"]), tunnelTo("rebind.example", inner.port));
  assert.match(second.ok ? "" : second.message, /it resolves to 127\.0\.0\.3, which is denied or not a public address/);
  assert.equal(inner.connections(), 0);
});

test("where commands have the host's network ours still keeps to public addresses; without a network there is nothing", async (t) => {
  const inner = await tcpHost(t, "127.0.0.3");
  const { workspace, asked } = await openNetworkWorkspace(t, { ask: async () => true });
  for (const to of ["127.0.0.3", "::ffff:127.0.0.3", "0x7f.0.0.3", "10.0.0.1", "169.254.169.254", "::1", "0.0.0.0"]) {
    const refused = await workspace.connect(host, tunnelTo(to, inner.port));
    assert.match(refused.ok ? "" : refused.message, /is refused: this address is not a public one/, to);
  }
  const off = await workspace.connect(none, tunnelTo("127.0.0.3", inner.port));
  assert.deepEqual(off, { ok: false, message: "not connected: there is no network here" });
  const odd = await workspace.connect(host, tunnelTo("a b", 80));
  assert.deepEqual(odd, { ok: false, message: 'not connected: "a b" is no host' });
  assert.deepEqual(asked, []);
  assert.equal(inner.connections(), 0);
  await workspace.close();
  const late = await workspace.connect(domains(["127.0.0.3"]), tunnelTo("127.0.0.3", inner.port));
  assert.deepEqual(late, { ok: false, message: "not connected: the workspace was closed" });
});
