import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSseParser } from "../../src/models/sse.ts";

type Event = readonly [string, string];

const parse = (chunks: readonly Buffer[]): Event[] => {
  const events: Event[] = [];
  const parser = createSseParser((name, data) => events.push([name, data]));
  for (const chunk of chunks) assert.equal(parser.push(chunk), true);
  parser.end();
  return events;
};
const whole = (text: string): Event[] => parse([Buffer.from(text)]);

test("the fields of the standard", () => {
  const table: readonly (readonly [string, Event[]])[] = [
    ["data: a\n\n", [["", "a"]]],
    ["data:a\n\n", [["", "a"]]],
    ["data:  a\n\n", [["", " a"]]],
    ["event: x\ndata: a\n\n", [["x", "a"]]],
    [
      "data: a\nevent: x\n\ndata: b\n\n",
      [
        ["x", "a"],
        ["", "b"],
      ],
    ],
    ["data: a\ndata: b\n\n", [["", "a\nb"]]],
    ["data\ndata\n\n", [["", "\n"]]],
    ["data:\n\n", [["", ""]]],
    [": comment\ndata: a\n:\n\n", [["", "a"]]],
    ["id: 1\nretry: 5\nunknown: x\ndata: a\n\n", [["", "a"]]],
    ["event: x\n\ndata: a\n\n", [["", "a"]]],
    ["\ufeffdata: a\n\n", [["", "a"]]],
    [
      "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
      [
        ["", "a"],
        ["", "b"],
        ["", "c"],
      ],
    ],
    ["database: a\n\n", []],
    ["data: a", [["", "a"]]],
    ["data: a\n", [["", "a"]]],
    ["", []],
  ];
  for (const [text, expected] of table) assert.deepEqual(whole(text), expected, JSON.stringify(text));
});

test("any way of cutting the bytes gives the same events", () => {
  const piece = fc.oneof(
    fc.constantFrom("data: ", "data:", "event: ", ":", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\ufeff", "id: 1", " "),
    fc.string({ unit: "grapheme", maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(1000), { maxLength: 12 }), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(""));
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
      const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
      const single = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
      const expected = parse([bytes]);
      assert.deepEqual(parse(chunks), expected);
      assert.deepEqual(parse(single), expected);
    }),
    { numRuns: 500 },
  );
});

test("what was written comes back, whatever line ending", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !/[\r\n]/.test(text));
  const event = fc.record({
    name: line.filter((name) => name !== ""),
    data: fc.array(line, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(event), fc.constantFrom("\n", "\r", "\r\n"), (events, eol) => {
      const text = events
        .map(({ name, data }) => [`event: ${name}`, ...data.map((row) => `data: ${row}`), "", ""].join(eol))
        .join("");
      assert.deepEqual(
        whole(text),
        events.map(({ name, data }): Event => [name, data.join("\n")]),
      );
    }),
  );
});

test("an event larger than the limit stops the parser", () => {
  for (const text of [`data: ${"x".repeat(200)}`, `${"data: xxxxxxxxxx\n".repeat(20)}`]) {
    const parser = createSseParser(() => assert.fail("no event may come"), 100);
    assert.equal(parser.push(Buffer.from(text)), false);
    assert.equal(parser.push(Buffer.from("\n\ndata: a\n\n")), false);
    parser.end();
  }
});
