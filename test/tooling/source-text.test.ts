import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findImports, readSource } from "../../scripts/check/source-text.ts";

const importsOf = (text: string): string[] => findImports(readSource(text).code).map(({ specifier }) => specifier);

test("source text: every form of import is found", () => {
  const text = [
    'import a from "a";',
    'import * as b from "b";',
    "import c, { type D } from 'c';",
    'import type { E } from "e";',
    'import "f";',
    'export * from "g";',
    'export * as h from "h";',
    'export type { I } from "i";',
    'const j = await import("j");',
    'type K = typeof import("k");',
  ].join("\n");
  assert.deepEqual(importsOf(text), ["a", "b", "c", "e", "g", "h", "i", "f", "j", "k"]);
});

test("source text: comments, templates, regular expressions and strings hide what they contain", () => {
  const text = [
    "const quote = /[\"'`/]/g;",
    "const ratio = 4 / 2 / 1; // `",
    'const nested = `a ${`b ${{ c: `\nimport "x";\n` }.c} d`} e`;',
    'import "real";',
    "/*",
    'import "y";',
    "*/",
    'const text = "it\'s // not a comment";',
    "const after = (a: number): number => a; // import('z')",
  ].join("\n");
  const { code, comments } = readSource(text);
  assert.deepEqual(importsOf(text), ["real"]);
  assert.deepEqual(
    comments.map(({ line, text: comment }) => [line, comment]),
    [
      [2, "// `"],
      [7, '/*\nimport "y";\n*/'],
      [11, "// import('z')"],
    ],
  );
  assert.equal(code.length, text.length);
});

test("source text: code inside a template's ${} stays code", () => {
  assert.deepEqual(importsOf('const a = `x ${await import("inner")} import("outer")`;'), ["inner"]);
});

test("source text: any text is read to its end with lines kept in place", () => {
  const fragment = fc.constantFrom(
    "`",
    "${",
    "}",
    "{",
    '"',
    "'",
    "/",
    "*",
    "//",
    "/*",
    "*/",
    "\\",
    "\n",
    "a",
    " ",
    "=",
    "(",
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (fragments) => {
      const text = fragments.join("");
      const { code } = readSource(text);
      assert.equal(code.length, text.length);
      assert.deepEqual(
        [...code.matchAll(/\n/g)].map((m) => m.index),
        [...text.matchAll(/\n/g)].map((m) => m.index),
      );
    }),
  );
});
