import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, test } from "node:test";
import type { InputItem } from "@fettle/protocol";
import type { Model, ModelDelta } from "../../src/model.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import { outputItem, testChoice, testKey, testRequest, userMessage } from "../support/remote-choice.ts";
import { acceptSocket, type ServerSocket } from "../support/scripted-socket.ts";
import type { ScriptedStep } from "../support/scripted-steps.ts";
import { writeCompaction, writeResponses } from "../support/scripted-wires.ts";

/* The Responses API over a WebSocket, against a server that speaks both ways. */

type Json = Record<string, unknown>;
type Reply = ScriptedStep | ((socket: ServerSocket) => void);
type Service = {
  readonly baseUrl: string;
  /** What was asked: `socket` or `http`, and the body. */
  readonly asked: { readonly way: "socket" | "http"; readonly body: Json }[];
  /** Upgrades that were asked for, with their key's header. */
  readonly upgrades: (string | undefined)[];
};

let server: Server | undefined;
const streams = new Set<Duplex>();
afterEach(async () => {
  for (const stream of streams) stream.destroy();
  streams.clear();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)));
  server = undefined;
});

const eventsOf = (step: ScriptedStep, serial: number): string[] => {
  const { begin, end } = writeResponses(step, "gpt-5", serial);
  return [...begin, ...end].map((text) => /^data: (.*)$/m.exec(text)?.[1] ?? "");
};

const start = async (replies: readonly Reply[], upgrade: "yes" | "no" | "silent" = "yes"): Promise<Service> => {
  const left = [...replies];
  const asked: Service["asked"] = [];
  const upgrades: Service["upgrades"] = [];
  let serial = 0;
  server = createServer(async (request, response) => {
    if (request.headers.upgrade !== undefined) upgrades.push(request.headers.authorization);
    if (request.method !== "POST") return response.writeHead(426).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    asked.push({ way: "http", body: JSON.parse(body) as Json });
    const step = left.shift();
    const write = request.url?.endsWith("/compact") ? writeCompaction : writeResponses;
    const { begin, end, type } = write(typeof step === "object" ? step : {}, "gpt-5", ++serial, body);
    return response.writeHead(200, { "content-type": type ?? "text/event-stream" }).end([...begin, ...end].join(""));
  });
  if (upgrade !== "no") {
    server.on("upgrade", (request, stream) => {
      streams.add(stream);
      upgrades.push(request.headers.authorization);
      if (upgrade === "silent") return;
      acceptSocket(request, stream, (text, socket) => {
        asked.push({ way: "socket", body: JSON.parse(text) as Json });
        const reply = left.shift() ?? {};
        if (typeof reply === "function") reply(socket);
        else for (const [index, event] of eventsOf(reply, ++serial).entries()) socket.send(event, index === 0 ? 1 : 3);
      });
    });
  }
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return { baseUrl: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/v1`, asked, upgrades };
};

const modelAt = (service: Service): Model =>
  createRemoteModel(testChoice(service.baseUrl, "responses", { provider: { websocket: true } }));

/** Asks and takes the answer into the conversation; gives its text. */
const turn = async (model: Model, input: InputItem[]): Promise<string> => {
  const outcome = await model.stream(testRequest([...input]), () => {}, new AbortController().signal);
  assert.ok(outcome.type === "completed", JSON.stringify(outcome));
  input.push(outputItem(outcome.output));
  return outcome.output.map((part) => (part.type === "text" ? part.text : part.type)).join();
};
const ways = (service: Service): string[] => service.asked.map(({ way }) => way);
const inputs = (service: Service, index: number): unknown => service.asked[index]?.body.input;
const said = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });

test("each request sends what is new, over one connection", async () => {
  const service = await start([
    { reasoning: { text: "hm", encrypted: "E" }, calls: [{ name: "shell", arguments: { command: "ls" }, id: "c1" }] },
    { text: "Grüße 🦊 ".repeat(20_000) },
    { text: "end" },
  ]);
  const model = modelAt(service);
  const input = [userMessage("go")];
  assert.equal(await turn(model, input), "reasoning,call");
  input.push({ type: "result", call_id: "c1", name: "shell", content: [{ type: "text", text: "a.txt" }] });
  assert.equal(await turn(model, input), "Grüße 🦊 ".repeat(20_000));
  input.push(userMessage("more"));
  assert.equal(await turn(model, input), "end");
  assert.deepEqual(ways(service), ["socket", "socket", "socket"]);
  assert.deepEqual(service.upgrades, [`Bearer ${testKey}`]);
  const [first, second, third] = service.asked.map(({ body }) => body);
  assert.deepEqual([first?.type, first?.store, first?.stream], ["response.create", false, undefined]);
  assert.equal(first?.previous_response_id, undefined);
  assert.deepEqual(inputs(service, 0), [said("go")]);
  assert.equal(second?.previous_response_id, "resp_1");
  assert.deepEqual(inputs(service, 1), [{ type: "function_call_output", call_id: "c1", output: "a.txt" }]);
  assert.equal(third?.previous_response_id, "resp_2");
  assert.deepEqual(inputs(service, 2), [said("more")]);
});

test("a service without sockets, and one that does not answer: HTTP, and it is remembered", async () => {
  for (const upgrade of ["no", "silent"] as const) {
    const service = await start([{ text: "a" }, { text: "b" }], upgrade);
    const model = modelAt(service);
    const input = [userMessage("go")];
    await turn(model, input);
    input.push(userMessage("more"));
    await turn(model, input);
    assert.deepEqual(ways(service), ["http", "http"], upgrade);
    assert.equal(service.upgrades.length, 1, upgrade);
    for (const stream of streams) stream.destroy();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }
});

test("what the service has forgotten is sent in whole", async () => {
  const gone = (code: string) => (socket: ServerSocket) =>
    socket.send(JSON.stringify({ type: "error", status: 400, error: { code, message: `${code} happened` } }));
  const service = await start([
    { text: "a" },
    gone("previous_response_not_found"),
    { text: "b" },
    gone("websocket_connection_limit_reached"),
    { text: "c" },
  ]);
  const model = modelAt(service);
  const input = [userMessage("one")];
  await turn(model, input);
  input.push(userMessage("two"));
  assert.equal(await turn(model, input), "b");
  input.push(userMessage("three"));
  assert.equal(await turn(model, input), "c");
  assert.deepEqual(ways(service), ["socket", "socket", "socket", "socket", "socket"]);
  assert.equal(service.upgrades.length, 3);
  const lengths = service.asked.map(({ body }) => (body.input as unknown[]).length);
  assert.deepEqual(lengths, [1, 1, 3, 1, 5]);
});

test("a conversation that changed is sent in whole", async () => {
  const service = await start([{ text: "a" }, { text: "b" }, { text: "c" }]);
  const model = modelAt(service);
  const input = [userMessage("one")];
  await turn(model, input);
  const changed = [userMessage("one"), outputItem([{ type: "text", text: "[hidden]" }]), userMessage("two")];
  await turn(model, changed);
  const rewound = [userMessage("another")];
  await turn(model, rewound);
  assert.deepEqual(
    service.asked.map(({ body }) => [(body.input as unknown[]).length, body.previous_response_id]),
    [
      [1, undefined],
      [3, undefined],
      [1, undefined],
    ],
  );
});

test("a compaction goes over HTTP; what follows is sent in whole over the same connection, and chained again", async () => {
  const service = await start([{ text: "a" }, { compaction: "gAAA" }, { text: "b" }, { text: "c" }]);
  const model = createRemoteModel(
    testChoice(service.baseUrl, "responses", { provider: { websocket: true, compaction: true } }),
  );
  const before = [userMessage("one")];
  await turn(model, before);
  const outcome = await model.compact?.(testRequest(before), new AbortController().signal);
  assert.ok(outcome?.type === "compacted", JSON.stringify(outcome));
  const after: InputItem[] = [{ type: "sealed", ...outcome.sealed }, userMessage("two")];
  await turn(model, after);
  after.push(userMessage("three"));
  await turn(model, after);
  assert.deepEqual(ways(service), ["socket", "http", "socket", "socket"]);
  assert.equal(service.upgrades.length, 1);
  assert.deepEqual(
    service.asked.map(({ body }) => body.previous_response_id),
    [undefined, undefined, undefined, "resp_3"],
  );
  assert.deepEqual(inputs(service, 2), [
    { id: "msg_2_0", status: "completed", ...said("one") },
    { id: "cmp_2", type: "compaction", encrypted_content: "gAAA" },
    said("two"),
  ]);
  assert.deepEqual(inputs(service, 3), [said("three")]);
});

test("a lost connection is a failure that may pass, and the next request makes a new one", async () => {
  const partial = (socket: ServerSocket): void => {
    socket.send(JSON.stringify({ type: "response.output_text.delta", delta: "partial" }));
    socket.stream.end();
  };
  const service = await start([partial, { text: "whole" }]);
  const model = modelAt(service);
  const deltas: ModelDelta[] = [];
  const ask = () =>
    model.stream(testRequest([userMessage("go")]), (delta) => deltas.push(delta), new AbortController().signal);
  const lost = await ask();
  assert.ok(lost.type === "failed" && lost.failure.code === "bad_response" && lost.failure.transient);
  assert.deepEqual(deltas, [{ type: "text", text: "partial" }]);
  assert.equal((await ask()).type, "completed");
  assert.deepEqual(ways(service), ["socket", "socket"]);
});

test("an interrupt closes the connection, and nothing is told afterwards", async () => {
  const closed = Promise.withResolvers<void>();
  const service = await start([
    (socket) => {
      socket.stream.on("close", () => closed.resolve());
      for (const delta of ["a", "b"]) socket.send(JSON.stringify({ type: "response.output_text.delta", delta }));
    },
  ]);
  const stop = new AbortController();
  let told = 0;
  const onDelta = (): void => {
    told++;
    stop.abort();
  };
  const outcome = await modelAt(service).stream(testRequest([userMessage("go")]), onDelta, stop.signal);
  assert.ok(outcome.type === "failed" && outcome.failure.code === "interrupted");
  await closed.promise;
  assert.equal(told, 1);
});

test("a request that is refused is asked again over HTTP, which knows what to leave out", async () => {
  const refuse = (socket: ServerSocket): void =>
    socket.send(
      JSON.stringify({
        type: "error",
        error: { type: "invalid_request_error", message: "Unknown parameter: 'include'" },
      }),
    );
  const service = await start([refuse, { text: "a" }, { text: "b" }]);
  const model = modelAt(service);
  const input = [userMessage("go")];
  await turn(model, input);
  input.push(userMessage("more"));
  await turn(model, input);
  assert.deepEqual(ways(service), ["socket", "http", "http"]);
});

test("two requests at once: one goes over HTTP", async () => {
  const held = Promise.withResolvers<ServerSocket>();
  const service = await start([(socket) => held.resolve(socket), { text: "meanwhile" }]);
  const model = modelAt(service);
  const first = turn(model, [userMessage("one")]);
  const socket = await held.promise;
  assert.equal(await turn(model, [userMessage("two")]), "meanwhile");
  for (const event of eventsOf({ text: "first" }, 9)) socket.send(event);
  assert.equal(await first, "first");
  assert.deepEqual(ways(service), ["socket", "http"]);
});

test("a listener that throws does not break the promise", async () => {
  const service = await start([{ text: "a" }]);
  const throwing = (): void => {
    throw new Error("listener bug");
  };
  const outcome = await modelAt(service).stream(
    testRequest([userMessage("x")]),
    throwing,
    new AbortController().signal,
  );
  assert.ok(outcome.type === "failed" && outcome.failure.code === "internal");
});
