import assert from "node:assert/strict";
import { test } from "node:test";
import { generateEdits } from "../../../../src/offline/search/candidates/generate.ts";
import { textEdits } from "../../../../src/offline/search/candidates/text-edits.ts";
import { applyChange } from "../../../../src/offline/search/patch.ts";
import { hintsOf } from "../../../../src/offline/search/suspicion/evidence.ts";

const nothing = hintsOf([]);

async function results(source: string, file = "a.js", hints = nothing): Promise<string[]> {
  const generated = await generateEdits(source, file, hints, () => true);
  return (generated?.edits ?? []).map((edit) => applyChange(source, edit));
}

const repairs: readonly [name: string, before: string, after: string][] = [
  ["anchors", "exports.f = (s) => /a|b/.test(s);", "exports.f = (s) => /^(?:a|b)$/.test(s);"],
  ["a flag", "exports.f = (s) => s.replace(/a/, '');", "exports.f = (s) => s.replace(/a/g, '');"],
  ["another method", "exports.f = (s) => s.indexOf('a');", "exports.f = (s) => s.lastIndexOf('a');"],
  ["a flipped comparison", "exports.f = (a, b) => a < b;", "exports.f = (a, b) => a > b;"],
  [
    "a literal that should be a name",
    "exports.f = (n, base) => n.toString(10);",
    "exports.f = (n, base) => n.toString(base);",
  ],
  [
    "a null prototype",
    "const seen = {}; exports.f = (k) => seen[k];",
    "const seen = Object.create(null); exports.f = (k) => seen[k];",
  ],
  ["String(x)", "exports.f = (x) => x.trim();", "exports.f = (x) => String(x).trim();"],
  ["letters from A to z", "exports.f = (s) => /^[A-z]+$/.test(s);", "exports.f = (s) => /^[A-Za-z]+$/.test(s);"],
  ["swapped arguments", "exports.f = (a, b) => g(a, b);", "exports.f = (a, b) => g(b, a);"],
  ["optional access", "exports.f = (o) => o.a.b;", "exports.f = (o) => o.a?.b;"],
  ["a missing await", "async function f() { g(); return 1; }", "async function f() { await g(); return 1; }"],
  ["a missing return", "function f() { g(1); }", "function f() { return g(1); }"],
  [
    "an extra conjunct",
    "function f(a, b) { if (a && g) h(); if (b > 1) i(); }",
    "function f(a, b) { if (a && g) h(); if (b > 1 && a) i(); }",
  ],
];

for (const [name, before, after] of repairs) {
  test(`knows ${name}`, async () => {
    const found = await results(before);
    assert.ok(found.includes(after), `not among ${found.length} candidates`);
  });
}

test("every candidate of a file is another text, and none is the file itself", async () => {
  const source =
    "export function f(a: number, b?: { c: string }): string {\n  if (a > 1 && b) return b.c.slice(1);\n  return '';\n}\n";
  const found = await results(source, "a.ts");
  assert.ok(found.length > 50);
  assert.equal(new Set(found).size, found.length);
  assert.ok(!found.includes(source));
});

async function tierOf(source: string, after: string): Promise<string | undefined> {
  const generated = await generateEdits(source, "a.js", nothing, () => true);
  return generated?.edits.find((edit) => applyChange(source, edit) === after)?.tier;
}

test("an edit after which a value is of another type is doubtful", async () => {
  const sum = "function f(n, root) { if (root !== '') g(); return n + 1; }";
  assert.equal(await tierOf(sum, sum.replace("n + 1", "n + 1 && root !== ''")), "doubtful");
  const check = "function f(n, root) { if (root !== '') g(); return n > 1; }";
  assert.equal(await tierOf(check, check.replace("n > 1", "n > 1 && root !== ''")), "likely");
  assert.equal(await tierOf(check, check.replace("n > 1", "n > 1 && root")), "doubtful");
  const test = "function f(n, root) { if (n > 1) g(); }";
  assert.equal(await tierOf(test, test.replace("n > 1", "n > 1 && root")), "likely");
  const limit = "function f(n, most, isOpen) { return n > 5; }";
  assert.equal(await tierOf(limit, limit.replace("5", "isOpen")), "doubtful");
  assert.equal(await tierOf(limit, limit.replace("5", "most")), "likely");
  const kinds = "function f(type) { switch (type) { case 'a': return 1; } }";
  assert.equal(await tierOf(kinds, kinds.replace("'a'", "type")), "doubtful");
});

test("a file that does not parse has no candidates", async () => {
  assert.equal(await generateEdits("function (", "a.js", nothing, () => true), undefined);
});

test("only worthwhile places are changed", async () => {
  const source = "const a = 1;\nconst b = 2;\n";
  const generated = await generateEdits(source, "a.js", nothing, (start) => start >= 13);
  assert.ok(generated !== undefined && generated.edits.length > 0);
  assert.ok(generated.edits.every((edit) => edit.start >= 13));
});

test("texts of other languages have candidates too", () => {
  const source = "def clamp(n, lo, hi):\n    # n < hi\n    if n < hi:\n        return hi\n";
  const found = textEdits(source, nothing).map((edit) => applyChange(source, edit));
  assert.ok(found.includes(source.replace("if n < hi", "if n > hi")));
  assert.ok(found.every((text) => text.includes("# n < hi")));
});
