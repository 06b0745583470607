import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { applyPatchGrammar } from "../../src/patch/grammar.ts";
import { parsePatch } from "../../src/patch/parse-patch.ts";

test("reads every form into operations", () => {
  const text = [
    " *** Begin Patch ",
    "*** Add File: a b.txt",
    "+one",
    "+",
    "*** Delete File: gone",
    "  *** Update File: u ",
    "*** Move to: v",
    "",
    "@@ class A",
    "@@ def f",
    " kept",
    "",
    "-old",
    "+new",
    "*** End of File",
    "@@",
    "+last",
    "*** End Patch",
  ];
  assert.deepEqual(parsePatch(text.join("\n")), {
    ok: true,
    operations: [
      { kind: "add", path: "a b.txt", content: "one\n\n" },
      { kind: "delete", path: "gone" },
      {
        kind: "update",
        path: "u",
        movePath: "v",
        chunks: [
          {
            contexts: ["class A", "def f"],
            lines: [
              { kind: "context", text: "kept", line: 11 },
              { kind: "context", text: "", line: 12 },
              { kind: "remove", text: "old", line: 13 },
              { kind: "add", text: "new", line: 14 },
            ],
            endOfFile: true,
            line: 9,
          },
          { contexts: [], lines: [{ kind: "add", text: "last", line: 17 }], endOfFile: false, line: 16 },
        ],
      },
    ],
  });
});

const wrong: [string, number, RegExp][] = [
  ["", 1, /must begin with/],
  ["*** Begin Patch", 1, /must end with/],
  ["*** Begin Patch\n*** Add File: x\n+a\n", 3, /must end with/],
  ["*** Begin Patch\n*** Frob File: x\n*** End Patch", 2, /is not a file header/],
  ["*** Begin Patch\n*** Add File: \n*** End Patch", 2, /is not a file header/],
  ["*** Begin Patch\n*** Update File: x\n*** End Patch", 2, /the update of 'x' has no hunk/],
  ["*** Begin Patch\n*** Update File: x\n@@\n*** End Patch", 4, /the hunk has no lines/],
  ["*** Begin Patch\n*** Update File: x\n@@\n-a\nb\n*** End Patch", 5, /expected '@@' or a new file header/],
  ["*** Begin Patch\n*** Update File: x\n@@ a\n@@\n-a\n*** End Patch", 4, /a bare '@@' may not follow/],
  ["*** Begin Patch\n*** Delete File: x\n-a\n*** End Patch", 3, /'-a' is not a file header/],
];
for (const [text, line, message] of wrong)
  test(`names the wrong line of ${JSON.stringify(text)}`, () => {
    const parsed = parsePatch(text);
    assert.ok(!parsed.ok);
    assert.equal(parsed.line, line);
    assert.match(parsed.message, message);
  });

test("property: no text makes the parser throw, and a failure names a line of it", () => {
  const piece = fc.oneof(
    fc.constantFrom("*** Begin Patch", "*** End Patch", "*** Update File: a", "*** Add File: b", "*** Delete File: c"),
    fc.constantFrom("*** Move to: d", "*** End of File", "@@", "@@ x", "+a", "-b", " c", "", "\r", "<<'EOF'", "EOF"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom("\n", "\r\n"), (lines, newline) => {
      const text = lines.join(newline);
      const parsed = parsePatch(text);
      if (!parsed.ok) assert.ok(parsed.line >= 1 && parsed.line <= text.split("\n").length, JSON.stringify(parsed));
    }),
    { numRuns: 500 },
  );
});

test("the grammar defines every name it uses", () => {
  const defined = new Set(Array.from(applyPatchGrammar.matchAll(/^\??(\w+):/gm), (match) => match[1]));
  const rules = applyPatchGrammar.replace(/"[^"]*"|\/.*\/$/gm, "");
  const used = new Set(Array.from(rules.matchAll(/\b[A-Za-z]+\b/g), (match) => match[0]));
  assert.deepEqual(
    [...used].filter((name) => !defined.has(name)),
    [],
  );
  assert.ok(defined.has("start"));
});
