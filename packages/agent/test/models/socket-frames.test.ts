import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrameParser, encodeFrame, opcodes } from "../../src/models/socket-frames.ts";

const parserOf = (maxBytes?: number) => {
  const seen: string[] = [];
  const parser = createFrameParser(
    {
      onText: (text) => seen.push(text),
      onPing: (payload) => seen.push(`ping ${payload.toString()}`),
      onClose: () => seen.push("close"),
    },
    maxBytes,
  );
  return { seen, push: parser.push };
};

// The examples of the RFC (§5.7), byte for byte.
const hello = Buffer.from("810548656c6c6f", "hex");
const fragments = Buffer.from("010348656c80026c6f", "hex");
const ping = Buffer.from("890548656c6c6f", "hex");

test("a frame as the RFC has it", () => {
  const frame = encodeFrame(opcodes.text, Buffer.from("Hello"), Buffer.from("37fa213d", "hex"));
  assert.equal(frame.toString("hex"), "818537fa213d7f9f4d5158");
  for (const [length, head] of [
    [125, "81fd"],
    [126, "81fe007e"],
    [65_536, "81ff0000000000010000"],
  ] as const) {
    const long = encodeFrame(opcodes.text, Buffer.alloc(length), Buffer.alloc(4));
    assert.ok(long.toString("hex").startsWith(head), head);
    assert.equal(long.length, head.length / 2 + 4 + length);
  }
});

test("frames however they are cut", () => {
  const close = Buffer.from("880203e8", "hex");
  const long = Buffer.concat([Buffer.from("817e0100", "hex"), Buffer.alloc(256, "x")]);
  const longest = Buffer.concat([Buffer.from("817f0000000000010000", "hex"), Buffer.alloc(65_536, "y")]);
  const split = Buffer.concat([fragments.subarray(0, 5), ping, fragments.subarray(5)]);
  const bytes = Buffer.concat([hello, split, long, longest, close]);
  const expected = ["Hello", "ping Hello", "Hello", "x".repeat(256), "y".repeat(65_536), "close"];
  for (const step of [1, 2, 3, 7, 1000, bytes.length]) {
    const { seen, push } = parserOf();
    for (let at = 0; at < bytes.length; at += step) assert.equal(push(bytes.subarray(at, at + step)), null);
    assert.deepEqual(seen, expected, `steps of ${step}`);
  }
});

test("what breaks the protocol", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["c10548656c6c6f", /reserved/],
    ["818537fa213d7f9f4d5158", /masked/],
    ["820100", /no text/],
    ["80026c6f", /out of order/],
    ["010348656c8103000000", /out of order/],
    ["0900", /control frame/],
    ["897e0100", /^$/],
    ["817f7fffffffffffffff", /too large/],
  ];
  for (const [hex, fault] of table) {
    const { push } = parserOf();
    assert.match(push(Buffer.from(hex, "hex")) ?? "", fault, hex);
  }
  const { push } = parserOf(8);
  assert.equal(push(fragments.subarray(0, 5)), null);
  assert.equal(push(Buffer.from("00056162636465", "hex")), null);
  assert.match(push(Buffer.from("800161", "hex")) ?? "", /too large/);
});
