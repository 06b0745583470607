import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { spelled } from "../../../src/tui/input/keymap.ts";
import { createKeyDecoder } from "../../../src/tui/input/keys.ts";
import { keysOf } from "./support.ts";

const told = (bytes: string): string =>
  keysOf(bytes)
    .map((key) => `${spelled(key)}${key.text === "" ? "" : `=${JSON.stringify(key.text)}`}`)
    .join(" ");

const table: readonly (readonly [string, string])[] = [
  ["aÉ 1", 'a="a" shift-é="É" space=" " 1="1"'],
  ["你👩‍👧", '你="你" 👩="👩" \u200d="\u200d" 👧="👧"'],
  ["\r\t\u007f\u0000", "enter tab backspace ctrl-space"],
  ["\n\u0001\u001f\u0008", "ctrl-j ctrl-a ctrl-_ ctrl-h"],
  ["\u001b", "escape"],
  ["\u001b\u001b", "escape escape"],
  ["\u001b\u001b\u001b", "escape escape escape"],
  ["\u001b[A\u001bOB", "up down"],
  ["\u001b[1;5C\u001b[1;4D", "ctrl-right alt-shift-left"],
  ["\u001b\u001b[A", "alt-up"],
  ["\u001b[3~\u001b[3;5~\u001b[5~", "delete ctrl-delete pageup"],
  ["\u001bOP\u001b[[A\u001b[15~\u001b[24;2~", "f1 f1 f5 shift-f12"],
  ["\u001b[Z", "shift-tab"],
  ["\u001bb\u001bZ\u001b\r\u001b\u007f", "alt-b alt-shift-z alt-enter alt-backspace"],
  ["\u001b[", "alt-["],
  ["\u001b]", "alt-]"],
  ["\u001bO", "alt-shift-o"],
  // The kitty keyboard protocol.
  ["\u001b[27u\u001b[13;2u\u001b[97;5u\u001b[97;6u", "escape shift-enter ctrl-a ctrl-shift-a"],
  ["\u001b[97:65;2u\u001b[47:63;2;63u", 'shift-a="A" ?="?"'],
  ["\u001b[97;5:3u\u001b[1;1:3A", ""],
  ["\u001b[57399u\u001b[57417;5u\u001b[57441;2u", '0="0" ctrl-left'],
  ["\u001b[97;9u", ""],
  // modifyOtherKeys.
  ["\u001b[27;2;13~\u001b[27;6;122~", "shift-enter ctrl-shift-z"],
  ["\u001b[I\u001b[O", "focus blur"],
  // The mouse, and a paste's end without a beginning.
  ["\u001b[<0;10;5M\u001b[M !!x\u001b[201~y", 'x="x" y="y"'],
  // Fragments that are nothing do not take what follows with them.
  ["\u001b[12é\u001b[5\u001bOa", 'é="é" alt-shift-o a="a"'],
];

for (const [bytes, expected] of table) {
  test(`${JSON.stringify(bytes)} is ${expected === "" ? "no key" : expected}`, () =>
    assert.equal(told(bytes), expected));
}

test("a terminal's answers are kept apart from what is typed", () => {
  const decoder = createKeyDecoder();
  const sent =
    "a\u001b[?62;4cb\u001b]11;rgb:1e1e/1e1e/1e1e\u001b\\c\u001b]10;rgb:0/0/0\u0007\u001b[12;40R\u001bP>|xterm(1)\u001b\\\u001b_Gi=1;OK\u001b\\\u001b[?1u\u001b[?2026;2$y\u001b[?997;1nd";
  const { keys, replies } = decoder.push(Buffer.from(sent));
  assert.equal(keys.map(({ text }) => text).join(""), "abcd");
  assert.deepEqual(replies, [
    { kind: "csi", body: "?62;4c" },
    { kind: "osc", body: "11;rgb:1e1e/1e1e/1e1e" },
    { kind: "osc", body: "10;rgb:0/0/0" },
    { kind: "csi", body: "12;40R" },
    { kind: "dcs", body: ">|xterm(1)" },
    { kind: "apc", body: "Gi=1;OK" },
    { kind: "csi", body: "?1u" },
    { kind: "csi", body: "?2026;2$y" },
    { kind: "csi", body: "?997;1n" },
  ]);
  assert.equal(decoder.waiting(), false);
});

test("a paste of 10,000 lines is one key, with whatever is in it", () => {
  const text = "\u001b[200~ \u001b[A \u0003\r\n\tline é".repeat(10_000);
  const keys = keysOf(`x\u001b[200~${text}\u001b[201~y`);
  assert.deepEqual(
    keys.map(({ name }) => name),
    ["x", "paste", "y"],
  );
  assert.equal(keys[1]?.text, text);
});

test("a lone Escape waits for flush, and a late answer of the terminal is still one", () => {
  const decoder = createKeyDecoder();
  assert.deepEqual(decoder.push(Buffer.from("\u001b")).keys, []);
  assert.equal(decoder.waiting(), true);
  assert.deepEqual(
    decoder.flush().keys.map(({ name }) => name),
    ["escape"],
  );
  assert.equal(decoder.waiting(), false);
  assert.deepEqual(decoder.push(Buffer.from("\u001b]11;rgb:00")).keys, []);
  assert.deepEqual(decoder.flush(), { keys: [], replies: [] });
  assert.deepEqual(decoder.push(Buffer.from("00/0/0\u0007")).replies, [{ kind: "osc", body: "11;rgb:0000/0/0" }]);
});

test("when the end of a paste was lost, Ctrl-C gives the keyboard back, and the text", () => {
  const decoder = createKeyDecoder();
  decoder.push(Buffer.from("\u001b[200~some text"));
  assert.deepEqual(decoder.flush().keys, []);
  decoder.push(Buffer.from("\u0003"));
  assert.deepEqual(
    decoder.flush().keys.map((key) => [spelled(key), key.text]),
    [
      ["paste", "some text"],
      ["ctrl-c", ""],
    ],
  );
});

const piece = fc.oneof(
  fc.constantFrom(
    ...table.map(([bytes]) => bytes),
    "\u001b[200~",
    "\u001b[201~",
    "\u001b[200~a\nb\u001b[201~",
    "\u001b]11;rgb:0/0/0\u0007",
    "\u001bP>|a\u001b\\",
  ),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);
const anyBytes = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(""))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

test("the same bytes give the same keys however they are cut", () => {
  fc.assert(
    fc.property(anyBytes, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
      const whole = createKeyDecoder();
      const expected = whole.push(bytes);
      const cut = createKeyDecoder();
      const places = [0, ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const parts = places.slice(1).map((to, index) => cut.push(bytes.subarray(places[index], to)));
      assert.deepEqual(
        { keys: parts.flatMap(({ keys }) => keys), replies: parts.flatMap(({ replies }) => replies) },
        expected,
      );
      assert.deepEqual(cut.flush(), whole.flush());
    }),
    { numRuns: 1000 },
  );
});

test("every letter that is typed arrives", () => {
  const printable = fc.string({ unit: "grapheme", maxLength: 50 }).filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(printable, (text) => {
      const keys = keysOf(text);
      assert.equal(keys.map((key) => key.text).join(""), text.toWellFormed());
    }),
  );
});
