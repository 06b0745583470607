import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRpcPeer, RpcError, type RpcHandlers, type RpcPeer } from "../src/json-rpc.ts";

const quiet: RpcHandlers = { request: async () => null, notification() {} };

/** Two peers that hear each other at once. */
const pair = (left: RpcHandlers, right: RpcHandlers): [RpcPeer, RpcPeer] => {
  const a: RpcPeer = createRpcPeer((line) => b.receive(line), left);
  const b: RpcPeer = createRpcPeer((line) => a.receive(line), right);
  return [a, b];
};

/** What a peer answers to a piece of text. */
const answers = async (pieces: readonly string[], handlers: RpcHandlers = quiet): Promise<unknown[]> => {
  const lines: string[] = [];
  const peer = createRpcPeer((line) => lines.push(line), handlers);
  for (const piece of pieces) peer.receive(piece);
  await new Promise(setImmediate);
  return lines.map((line) => JSON.parse(line));
};

test("both sides ask, tell and answer", async () => {
  const told: unknown[] = [];
  const [a, b] = pair(
    { request: async (method, params) => [method, params], notification: (...said) => void told.push(said) },
    {
      async request(method) {
        if (method === "plain") throw new Error("a bug");
        throw new RpcError(-32002, "not here", { more: 1 });
      },
      notification() {},
    },
  );
  assert.deepEqual(await b.request("echo", { x: "line\nbreak" }), ["echo", { x: "line\nbreak" }]);
  await assert.rejects(a.request("x", {}), { name: "RpcError", code: -32002, message: "not here", data: { more: 1 } });
  await assert.rejects(a.request("plain", {}), { code: -32603, message: "a bug" });
  b.notify("note", 5);
  assert.deepEqual(told, [["note", 5]]);
});

test("half of a character pair does not leave", () => {
  const lines: string[] = [];
  createRpcPeer((line) => lines.push(line), quiet).notify("cut", { text: "\u{1F600}".slice(0, 1), whole: "\u{1F600}" });
  assert.deepEqual(JSON.parse(lines[0] ?? "").params, { text: "\ufffd", whole: "\u{1F600}" });
});

test("what is asked of a side that is gone is rejected with the reason", async () => {
  const peer = createRpcPeer(() => {}, quiet);
  const asked = peer.request("x", {});
  void peer.close("it ended");
  await assert.rejects(asked, /it ended/);
  await assert.rejects(peer.request("y", {}), /it ended/);
});

test("lines may be cut anywhere, and blank ones are passed over", async () => {
  const text = ['{"jsonrpc":"2.0","id":1,"method":"a"}', "", "\r", '{"jsonrpc":"2.0","id":"ü","method":"b"}', ""].join(
    "\n",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length)), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
      assert.deepEqual(await answers(pieces), [
        { jsonrpc: "2.0", id: 1, result: null },
        { jsonrpc: "2.0", id: "ü", result: null },
      ]);
    }),
  );
});

test("whatever comes, each line has at most one answer, and the next request is served", async () => {
  const good = '{"jsonrpc":"2.0","id":"last","method":"a"}\n';
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json())), async (lines) => {
      const said = lines.map((line) => line.replaceAll("\n", " "));
      const given = await answers([`${said.join("\n")}\n`, good]);
      assert.ok(given.length <= said.length + 1);
      assert.deepEqual(given.at(-1), { jsonrpc: "2.0", id: "last", result: null });
    }),
  );
  const codes = (await answers(["nonsense\n[]\n5\n{}\n", '{"jsonrpc":"1.0","id":1,"method":"a"}\n'])) as {
    error: { code: number };
  }[];
  assert.deepEqual(
    codes.map(({ error }) => error.code),
    [-32700, -32600, -32600, -32600, -32600],
  );
});

test("a line that is too long is refused once and not kept", async () => {
  const piece = "x".repeat(1024 * 1024);
  const pieces = Array.from({ length: 66 }, () => piece);
  const [refused, served, ...others] = (await answers([
    ...pieces,
    "\n",
    '{"jsonrpc":"2.0","id":1,"method":"a"}\n',
  ])) as {
    id: unknown;
    error?: { message: string };
  }[];
  assert.match(refused?.error?.message ?? "", /longer than 64 MB/);
  assert.deepEqual([served?.id, others.length], [1, 0]);
});
