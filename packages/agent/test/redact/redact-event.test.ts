import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputPart, ThreadEvent } from "@fettle/protocol";
import { createEventRedaction } from "../../src/redact/redact-event.ts";
import { createRedaction } from "../../src/redact/redactor.ts";

const redactionOf = (...values: string[]) =>
  createEventRedaction(createRedaction(values.map((value, at) => ({ name: `S${at}`, value }))));

test("live text is one stream for each item, and the whole comes with its end", () => {
  const redact = redactionOf("geheimnis");
  const delta = (item_id: string, text: string): string => {
    const event = redact({ type: "item.delta", item_id, delta: text });
    assert.ok(event.type === "item.delta" && event.item_id === item_id);
    return event.delta;
  };
  assert.equal(delta("a", "das gehei"), "das ");
  assert.equal(delta("b", "mnis"), "mnis");
  assert.equal(delta("a", "mnis!"), "[S0]!");
  assert.equal(delta("b", "gehei"), "");
  const item = { id: "b", type: "agent_message", text: "mnisgeheimnis" } as const;
  assert.deepEqual(redact({ type: "item.completed", item }), {
    type: "item.completed",
    item: { ...item, text: "mnis[S0]" },
  });
  assert.equal(delta("b", "mnis"), "mnis", "another beginning");
});

test("texts anywhere in an event; never what names, opens or proves something", () => {
  // Values that are words of ours: only the texts may change.
  const redact = redactionOf("command", "completed", "/work/here");
  const event: ThreadEvent = {
    type: "item.completed",
    item: {
      id: "completed",
      type: "approval",
      status: "completed",
      subject: { kind: "command", command: "the command", cwd: "/work/here", run: "host" },
      why: "command completed in /work/here",
      choices: ["once", "no"],
      answer: { choice: "no", by: "person", message: "completed" },
    },
  };
  assert.deepEqual(redact(event), {
    ...event,
    item: {
      ...event.item,
      subject: { kind: "command", command: "the [S0]", cwd: "/work/here", run: "host" },
      why: "[S0] [S1] in [S2]",
      answer: { choice: "no", by: "person", message: "[S1]" },
    },
  });
  const encrypted: ThreadEvent = {
    type: "model.completed",
    model: "command",
    output: [{ type: "reasoning", text: "completed", encrypted: "completed" }],
    usage: {
      input_tokens: 0,
      cached_input_tokens: 0,
      cache_write_input_tokens: 0,
      output_tokens: 0,
      reasoning_output_tokens: 0,
    },
  };
  assert.deepEqual(redact(encrypted), {
    ...encrypted,
    output: [{ type: "reasoning", text: "[S1]", encrypted: "completed" }],
  });
});

test("a signature goes when the words under it had to change", () => {
  const redact = redactionOf("geheimnis");
  const usage = {
    input_tokens: 0,
    cached_input_tokens: 0,
    cache_write_input_tokens: 0,
    output_tokens: 0,
    reasoning_output_tokens: 0,
  };
  const kept = { type: "reasoning", text: "harmless", encrypted: "geheimnis", seal: "signed" } as const;
  const call = { type: "call", call_id: "c", name: "n", arguments: "{}", signature: "geheimnis" } as const;
  const output: OutputPart[] = [{ ...kept, text: "the geheimnis" }, kept, call];
  assert.deepEqual(redact({ type: "model.completed", model: "m", output, usage }), {
    type: "model.completed",
    model: "m",
    output: [{ type: "reasoning", text: "the [S0]", seal: "signed" }, kept, call],
    usage,
  });
});
