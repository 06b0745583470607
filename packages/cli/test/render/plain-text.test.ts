import assert from "node:assert/strict";
import { test } from "node:test";
import { plainText } from "@fettle/protocol";
import fc from "fast-check";
import { onScreen, visibleText, withoutColours } from "../../src/render/plain-text.ts";
import { wrapped } from "../../src/render/wrapped.ts";

test("what moves the cursor, paints, reorders or cannot be seen is shown by its code", () => {
  const cases: readonly (readonly [given: string, shown: string])[] = [
    ["a\u001b[2Kb\u001b]0;title\u0007c", "a␛[2Kb␛]0;title\ufffdc"],
    ["\u001b]8;;http://x\u001b\\link", "␛]8;;http://x␛\\link"],
    ["a\u009b2Jb\u0008c\u007f", "a\ufffd2Jb\ufffdc\ufffd"],
    ["10%\r20%\r\ndone", "10%\n20%\ndone"],
    ["a\u202eb\u2066c\u200ed", "a<U+202E>b<U+2066>c<U+200E>d"],
    ["a\u200bb\u2028c\u{e0041}d\u00ade", "a<U+200B>b<U+2028>c<U+E0041>d<U+AD>e"],
    ["a\u200db \ufe0f", "a<U+200D>b <U+FE0F>"],
  ];
  for (const [given, shown] of cases) assert.equal(plainText(given), shown);
});

test("prose stays as it is: emoji, scripts, blanks, tabs", () => {
  const prose = "✔️ 👨‍👩‍👧 🏳️‍🌈 1️⃣ می‌خواهم क्‍ष\u3000日本\u00a0: où\tש ع\n";
  assert.equal(plainText(prose), prose);
});

test("colours are left out where that is wanted", () =>
  assert.equal(withoutColours(plainText("\u001b[1;31mred\u001b[0m \u001b[2J")), "red ␛[2J"));

// Written apart from the code under test, so that a hole in one is seen by the other.
const harmful = (text: string): string[] =>
  [...text].filter((one) => {
    const code = one.codePointAt(0) ?? 0;
    if (code === 9 || code === 10) return false;
    const bidi = [0x61c, 0x200e, 0x200f].includes(code) || (code >= 0x202a && code <= 0x202e);
    return code < 32 || (code >= 0x7f && code < 0xa0) || bidi || (code >= 0x2066 && code <= 0x2069);
  });

test("whatever the text, nothing harmful is left, and doing it twice changes nothing", () => {
  const sharp = fc.constantFrom(..."\u001b\u009b\r\b\u0007\u202e\u2066\u200f\u200d\ufe0f[;mJ]\\✔a1 ");
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: sharp }));
  fc.assert(
    fc.property(text, (given) => {
      const shown = plainText(given);
      assert.deepEqual(harmful(shown), []);
      assert.deepEqual(harmful(visibleText(given)), []);
      assert.equal(plainText(shown), shown);
    }),
    { numRuns: 2000 },
  );
});

test("every text in a value is looked through", () =>
  assert.deepEqual(onScreen({ a: ["\u0007", { b: "\u001b", c: 1 }], d: null }), {
    a: ["\ufffd", { b: "␛", c: 1 }],
    d: null,
  }));

test("rows are cut at blanks in sentences, anywhere in what is read exactly; neither loses a character", () => {
  const sentence = "because one of the words is rather long";
  const rows = (atBlanks: boolean, text = sentence) => wrapped(text, 22, { first: "", next: "", atBlanks }).split("\n");
  assert.deepEqual(rows(true), ["because one of the ", "words is rather long"]);
  assert.deepEqual(rows(false), ["because one of the wo", "rds is rather long"]);
  assert.deepEqual(rows(true, `a ${"b".repeat(30)}`), [`a ${"b".repeat(19)}`, "b".repeat(11)]);
  const words = fc.array(fc.constantFrom("a", "bc", "宽", "long-word-of-some-length"), { minLength: 1 });
  fc.assert(
    fc.property(words, (parts) => {
      for (const atBlanks of [true, false]) assert.equal(rows(atBlanks, parts.join(" ")).join(""), parts.join(" "));
    }),
  );
});
