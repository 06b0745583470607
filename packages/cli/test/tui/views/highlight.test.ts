import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { highlightLine, type Inside } from "../../../src/tui/views/markdown/highlight.ts";

/** Each piece with the first letters of its style; plain pieces are left as they are. */
const shown = (language: string, ...lines: readonly string[]): string[] => {
  let inside: Inside = null;
  return lines.map((line) => {
    const one = highlightLine(line, language, inside);
    inside = one.inside;
    return one.line.map(({ text, style }) => (style === "plain" ? text : `<${style.slice(0, 3)}:${text}>`)).join("");
  });
};

test("languages", () => {
  const cases: readonly (readonly [language: string, lines: readonly string[], shown: readonly string[]])[] = [
    ["ts", ["if (a1 === 0x1f) {} // why"], ["<key:if> (a1 === <num:0x1f>) {} <com:// why>"]],
    ["ts", ["`a", "b` + 'c\\'d'"], ["<str:`a>", "<str:b`> + <str:'c\\'d'>"]],
    ["rust", ["fn f<'a>(x: &'a str) {"], ["<key:fn> f<'a>(x: &'a str) {"]],
    ["c", ["/* a */ int x; /* b", "c */ y"], ["<com:/* a */> <key:int> x; <com:/* b>", "<com:c */> y"]],
    ["python", ['def f(): """doc', 'more""" # c'], ['<key:def> f(): <str:"""doc>', '<str:more"""> <com:# c>']],
    ["sh", ["echo a#b # c", "it's"], ["echo a#b <com:# c>", "it's"]],
    ["yaml", ["key: true # c"], ["key: <key:true> <com:# c>"]],
    ["json", ['{"a": null}'], ['{<str:"a">: <key:null>}']],
    ["html", ["<!-- a", '--> <p class="x">don\'t</p>'], ["<com:<!-- a>", '<com:-->> <p class=<str:"x">>don\'t</p>']],
    ["sql", ["SELECT 1 -- c"], ["<key:SELECT> <num:1> <com:-- c>"]],
    ["diff", ["+a", "-b", "@@ c", " d"], ["<goo:+a>", "<bad:-b>", "<acc:@@ c>", " d"]],
    ["unknown", ["if 1"], ["if 1"]],
    ["ts", [`"${"x".repeat(3000)}"`], [`"${"x".repeat(3000)}"`]],
  ];
  for (const [language, lines, expected] of cases) assert.deepEqual(shown(language, ...lines), expected, language);
});

test("no character of the code is lost or added, whatever it is", () => {
  const languages = fc.constantFrom("ts", "c", "python", "sh", "json", "html", "css", "sql", "diff", "");
  const code = fc.array(fc.string({ unit: fc.constantFrom(..."ab1_$ \"'`\\/*#-<!>=é日\u{1f600}") }), { maxLength: 6 });
  fc.assert(
    fc.property(languages, code, (language, lines) => {
      let inside: Inside = null;
      for (const line of lines) {
        const one = highlightLine(line, language, inside);
        inside = one.inside;
        assert.equal(one.line.map(({ text }) => text).join(""), line);
      }
    }),
    { numRuns: 1000 },
  );
});
