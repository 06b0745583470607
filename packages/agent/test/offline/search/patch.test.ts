import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyChange, changedLines, changeSize, patchText } from "../../../src/offline/search/patch.ts";

/** The plainest reading of a one-hunk patch: its old lines are found once and give way to its new lines. */
function applyPlainly(patch: string, text: string): string {
  const lines = patch.split("\n");
  const body = lines.slice(3, lines.indexOf("*** End Patch"));
  const old = body.filter((line) => !line.startsWith("+")).map((line) => line.slice(1));
  const next = body.filter((line) => !line.startsWith("-")).map((line) => line.slice(1));
  const source = text.split("\n");
  const at = source.findIndex((_, i) => old.every((line, j) => source[i + j] === line));
  return [...source.slice(0, at), ...next, ...source.slice(at + old.length)].join("\n");
}

test("a patch does what the change does, in repetitive files too", () => {
  const line = fc.constantFrom("  a();", "  b();", "}", "", "if (x) {");
  const change = fc.record({ at: fc.nat(200), length: fc.nat(6), text: fc.constantFrom("!", "a = 1", "b\nc", "") });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), change, (lines, { at, length, text }) => {
      const source = `${lines.join("\n")}\n`;
      const start = Math.min(at, source.length - 1);
      const end = Math.min(start + length, source.length - 1);
      const edit = { start, end, text };
      const expected = applyChange(source, edit);
      fc.pre(expected.replace(/\s/g, "") !== source.replace(/\s/g, ""));
      const emptied = (value: string) => value.split("\n").filter((item) => item.trim() !== "");
      assert.deepEqual(emptied(applyPlainly(patchText("f.js", source, edit), source)), emptied(expected));
    }),
  );
});

test("the changed lines are whole lines", () => {
  const text = "one\ntwo three\nfour";
  assert.deepEqual(changedLines(text, { start: 4, end: 7, text: "2" }), {
    line: 2,
    before: ["two three"],
    after: ["2 three"],
  });
});

test("what only moves into the new text is not a change", () => {
  assert.equal(changeSize("f(value)", { start: 2, end: 7, text: "String(value)" }), 8);
  assert.equal(changeSize("a < b", { start: 2, end: 3, text: ">" }), 2);
});
