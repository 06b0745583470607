import assert from "node:assert/strict";
import { test } from "node:test";
import type { ThreadEvent, ToolCallPart } from "@fettle/protocol";
import { noUsage } from "@fettle/protocol";
import type { ModelOutcome } from "../src/model.ts";
import type { Tool } from "../src/tools/tool.ts";
import { textResult } from "../src/tools/tool.ts";
import { groupCalls, runTurn, type TurnPorts } from "../src/turn.ts";

const call = (id: string, name: string): ToolCallPart => ({ type: "call", call_id: id, name, arguments: "{}" });
const answer = (...output: Extract<ModelOutcome, { type: "completed" }>["output"]): ModelOutcome => ({
  type: "completed",
  output,
  usage: { ...noUsage(), input_tokens: 1 },
  stop: "done",
});
const say = (text: string) => answer({ type: "text", text });
const dropped: ModelOutcome = {
  type: "failed",
  failure: { code: "unreachable", message: "the stream broke off", transient: true },
};

const tool = (name: string, readOnly: boolean, run: Tool["run"]): Tool => ({
  spec: { name, description: name, parameters: { type: "object" } },
  isReadOnly: async () => readOnly,
  run,
});

/** A turn over scripted outcomes, with what it emitted. */
const harness = (outcomes: ModelOutcome[], tools: Tool[] = [], steers: string[][] = []) => {
  const events: ThreadEvent[] = [];
  const controller = new AbortController();
  const waits: number[] = [];
  let item = 0;
  const ports: TurnPorts = {
    model: {
      info: {
        id: "scripted",
        provider: "test",
        contextWindow: 1000,
        images: false,
        reasoning: false,
        freeformTools: false,
      },
      body: async () => "",
      stream: async (_request, onDelta) => {
        onDelta({ type: "text", text: "live" });
        return outcomes.shift() ?? say("out of script");
      },
    },
    tools: new Map(tools.map((each) => [each.spec.name, each])),
    request: () => ({ instructions: "", tools: [], input: [], cacheKey: "" }),
    emit: (event) => void events.push(event),
    nextItemId: () => `item_${item++}`,
    deliverInput: () => (steers.shift() ?? []).length > 0,
    runTool: (each, part) => each.run(part, {} as never),
    makeRoom: async () => false,
    overBudget: () => null,
    decideRetry: (attempt, failure) =>
      failure.transient && attempt < 3 ? { type: "retry", delayMs: 7 } : { type: "give_up" },
    wait: async (ms) => void waits.push(ms),
    live: true,
    signal: controller.signal,
  };
  return { ports, events, waits, controller };
};
const kinds = (events: ThreadEvent[]) =>
  events.map((event) => ("item" in event ? `${event.type} ${event.item.type}` : event.type));

test("a text that was cut for a signature is one message, others stay apart", async () => {
  const { ports, events } = harness([
    answer(
      { type: "text", text: "one" },
      { type: "text", text: "half " },
      { type: "text", text: "and half", signature: "S" },
      { type: "text", text: "", signature: "T" },
    ),
  ]);
  await runTurn(ports);
  const said = events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "agent_message" ? [event.item.text] : [],
  );
  assert.deepEqual(said, ["one", "half and half"]);
});

test("runs calls until there are none", async () => {
  const { ports, events } = harness(
    [answer({ type: "text", text: "looking" }, call("a", "look")), say("done")],
    [tool("look", true, async () => textResult("seen"))],
  );
  const end = await runTurn(ports);
  assert.deepEqual(end, { type: "completed" });
  assert.deepEqual(
    kinds(events).filter((kind) => kind !== "item.delta"),
    [
      "model.completed",
      "item.completed agent_message",
      "tool.completed",
      "model.completed",
      "item.completed agent_message",
    ],
  );
});

test("reads run together, a write waits for all before it", async () => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const slow = tool("read", true, async (part) => {
    order.push(`start ${part.call_id}`);
    if (part.call_id === "r2") gate.resolve();
    await gate.promise;
    order.push(`end ${part.call_id}`);
    return textResult("");
  });
  const write = tool("write", false, async (part) => {
    order.push(`write ${part.call_id}`);
    return textResult("");
  });
  const { ports } = harness(
    [answer(call("r1", "read"), call("r2", "read"), call("w", "write"), call("r3", "read")), say("done")],
    [slow, write],
  );
  await runTurn(ports);
  assert.deepEqual(order.slice(0, 2), ["start r1", "start r2"]);
  assert.deepEqual(order.slice(4), ["write w", "start r3", "end r3"]);
});

test("groups neighbouring reads only", () => {
  const groups = groupCalls(
    ["r", "r", "w", "w", "r"].map((name, i) => ({ call: call(String(i), name), readOnly: name === "r" })),
  );
  assert.deepEqual(
    groups.map((group) => group.map((part) => part.call_id).join("")),
    ["01", "2", "3", "4"],
  );
});

test("a dropped stream is retried, told in one line, and leaves nothing of its text", async () => {
  const { ports, events, waits } = harness([dropped, say("whole")]);
  assert.equal((await runTurn(ports)).type, "completed");
  assert.deepEqual(waits, [7]);
  const said = events.flatMap((event) => (event.type === "item.completed" ? [event.item] : []));
  assert.deepEqual(
    said.map((item) => (item.type === "error" ? item.message : item.type === "agent_message" ? item.text : "")),
    ["the stream broke off; trying again in 0.0 s (attempt 2)", "whole"],
  );
  assert.equal(events.filter((event) => event.type === "model.completed").length, 1);
});

test("gives up with the failure when retrying does not help", async () => {
  const { ports } = harness([dropped, dropped, dropped]);
  const end = await runTurn(ports);
  assert.equal(end.type === "failed" && end.failure.code, "unreachable");
});

test("an empty answer is paid for, and asked for again only twice", async () => {
  const { ports, events } = harness([say(""), say(" "), say(""), say("late")]);
  const end = await runTurn({
    ...ports,
    decideRetry: (_attempt, failure) => (failure.transient ? { type: "retry", delayMs: 7 } : { type: "give_up" }),
  });
  assert.ok(end.type === "failed" && end.failure.message === "the model answered nothing");
  const paid = events.flatMap((event) =>
    event.type === "usage.added" ? [[event.purpose, event.usage.input_tokens]] : [],
  );
  assert.deepEqual(paid, [
    ["empty", 1],
    ["empty", 1],
    ["empty", 1],
  ]);
});

test("an empty answer is asked again", async () => {
  const { ports } = harness([answer(), say("words")]);
  assert.equal((await runTurn(ports)).type, "completed");
});

test("unknown tools and bugs in tools become results that the model reads", async () => {
  const { ports, events } = harness(
    [answer(call("a", "nope"), call("b", "broken")), say("done")],
    [
      tool("broken", false, async () => {
        throw new Error("boom");
      }),
    ],
  );
  assert.equal((await runTurn(ports)).type, "completed");
  const results = events.flatMap((event) => (event.type === "tool.completed" ? [event.content[0]] : []));
  assert.deepEqual(results, [
    { type: "text", text: 'there is no tool named "nope"; the tools are: broken' },
    { type: "text", text: "the tool failed: boom" },
  ]);
});

test("words that arrive with the last answer keep the turn going", async () => {
  const { ports, events } = harness([say("first"), say("second")], [], [[], ["and this"], []]);
  await runTurn(ports);
  assert.equal(events.filter((event) => event.type === "model.completed").length, 2);
});

test("an interrupt ends the turn, and calls not yet begun are answered", async () => {
  const { ports, events, controller } = harness(
    [answer(call("a", "stop"), call("b", "stop"))],
    [
      tool("stop", false, async () => {
        controller.abort();
        return textResult("stopped");
      }),
    ],
  );
  const end = await runTurn(ports);
  assert.equal(end.type === "failed" && end.failure.code, "interrupted");
  const results = events.flatMap((event) => (event.type === "tool.completed" ? [event.content[0]] : []));
  assert.deepEqual(results, [
    { type: "text", text: "stopped" },
    { type: "text", text: "not run: the user interrupted before it started" },
  ]);
});

test("a provider that is away is told twice: when that begins and when it is back", async () => {
  const away: ModelOutcome = {
    type: "failed",
    failure: { code: "unreachable", message: "no network", transient: true, absent: "network" },
  };
  const { ports, events } = harness([away, away, away, away, dropped, say("whole")]);
  const attempts: number[] = [];
  const patient: TurnPorts = {
    ...ports,
    model: { ...ports.model, stream: (request, _onDelta, signal) => ports.model.stream(request, () => {}, signal) },
    decideRetry: (attempt) => {
      attempts.push(attempt);
      return { type: "retry", delayMs: 7 };
    },
  };
  assert.equal((await runTurn(patient)).type, "completed");
  const told = events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "error" ? [event.item.message] : [],
  );
  assert.equal(told[0], "no network; waiting for it to come back");
  assert.match(told.at(-1) ?? "", /^the connection is back after 0\.\d s$/);
  assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
});

test("waiting for the network uses up nothing of what a broken answer may be asked again", async () => {
  const failed = (code: "unreachable" | "bad_response"): ModelOutcome => ({
    type: "failed",
    failure: { code, message: code, transient: true },
  });
  const broken = failed("bad_response");
  const { ports } = harness([
    failed("unreachable"),
    failed("unreachable"),
    broken,
    failed("unreachable"),
    broken,
    say("whole"),
  ]);
  assert.equal((await runTurn(ports)).type, "completed");
});
