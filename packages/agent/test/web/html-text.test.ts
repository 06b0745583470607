import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { htmlText } from "../../src/web/html-text.ts";
import { isReadable, mediaType, pageText } from "../../src/web/page-text.ts";

const text = (html: string): string => htmlText(html, "https://example.org/docs/").text;

describe("a page as text", () => {
  test("headings, paragraphs, links, lists, tables and code", () => {
    const pages: readonly (readonly [html: string, expected: string])[] = [
      ["<h2>A <b>title</b></h2>one\n  two<br>three<p>four", "## A title\n\none two\nthree\n\nfour"],
      ['<a href="../x?y#z">x</a>, <a href=//h/>h</a>', "[x](https://example.org/x?y#z), [h](https://h/)"],
      ['<a href="#top">top</a> <a href="javascript:x()">js</a> <a>none</a>', "top js none"],
      ['<a href="https://h/">https://h/</a> <a href="/e"> </a>end', "https://h/ end"],
      ["<ul><li>a<ol start=3><li>b<li>c</ol><li>d</ul>e", "- a\n  3. b\n  4. c\n- d\n\ne"],
      [
        "<table><tr><td>a|b<td>c<tr><td><table><tr><td>in</table><td>d</table>",
        "| a\\|b | c |\n| --- | --- |\n| in | d |",
      ],
      ["run <code>a  b</code>:<pre><code>if x\n  y</code></pre>", "run `a b`:\n\n```\nif x\n  y\n```"],
      ["<img alt='a cat' src=x><img src=y>&lt;b&gt; &amp;amp; &#x41;", "[picture: a cat] <b> &amp; A"],
      ["<div><section><p>a</section></div>b<hr>c", "a\n\nb\n---\nc"],
    ];
    for (const [html, expected] of pages) assert.equal(text(html), expected, html);
    assert.equal(htmlText("<title> A\n B </title><svg><title>C</title></svg>", "https://x/").title, "A B");
  });

  test("what its element says is not for readers, is left out with all that is in it", () => {
    const styles = [
      ...[
        "display:none",
        "DISPLAY : NONE !important",
        "color:red;display:/*x*/none",
        "dis\\70lay:none",
        "visibility:hidden",
      ],
      ...["opacity:0", "opacity:0.0", "font-size:0px", "width:0", "height:0;overflow:hidden", "text-indent:-9999px"],
      ...[
        "position:absolute;left:-10000px",
        "clip:rect(0,0,0,0)",
        "clip-path:inset(50%)",
        "transform:scale(0)",
        "color:transparent",
      ],
    ];
    const elements = [
      ...styles.map((style) => `<div style="${style}">HIDDEN <b>HIDDEN</b></div>`),
      ...["<p hidden>HIDDEN</p>", '<p aria-hidden="TRUE">HIDDEN</p>', "<!-- HIDDEN -->", "<template>HIDDEN</template>"],
      ...["<noscript>HIDDEN</noscript>", "<script>HIDDEN</script>", "<style>HIDDEN</style>", "<dialog>HIDDEN</dialog>"],
      ...['<img width="0" alt="HIDDEN">', "<svg><text>HIDDEN</text></svg>", "<select><option>HIDDEN</select>"],
    ];
    for (const element of elements)
      assert.equal(text(`before ${element} after`).replace(/\s+/g, " "), "before after", element);
    assert.equal(text('<p style="display:block;opacity:0.5;left:-5px">seen'), "seen");
    assert.equal(text("<dialog open>seen"), "seen");
  });

  test("no page makes it throw, and a page nested without end has an end", () => {
    const pieces = fc.constantFrom(
      ...[
        "<a href=x>",
        "</a>",
        "<table>",
        "<td>",
        "</table>",
        "<tr>",
        "<li>",
        "<ul>",
        "</ul>",
        "<pre>",
        "</pre>",
        "<p hidden>",
      ],
      ...[
        "<code>",
        "</code>",
        "</p>",
        "<h1>",
        "</h1>",
        "text",
        " ",
        "<title>",
        "</title>",
        "<style>",
        "&#0;",
        "<!--",
        "<",
        '"',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const page = htmlText(parts.join(""), "https://example.org/");
        assert.doesNotMatch(page.text, /^\n|\n{4}/);
      }),
    );
    assert.match(text(`<div>a${"<div>".repeat(100_000)}b`), /^a\n\n\[the rest of the page is nested too deeply/);
  });
});

test("an answer's type is what it says, or what its bytes look like", () => {
  const types = ["text/html; charset=x", "TEXT/Plain", "application/ld+json", "image/svg+xml"].map((type) =>
    mediaType(type, Buffer.alloc(0)),
  );
  assert.deepEqual(types, ["text/html", "text/plain", "application/ld+json", "image/svg+xml"]);
  assert.deepEqual(types.map(isReadable), [true, true, true, true]);
  const untold = ["\n<!DOCTYPE html>", "plain", "\0\u0001"].map((bytes) => mediaType(undefined, Buffer.from(bytes)));
  assert.deepEqual(untold, ["text/html", "text/plain", "application/octet-stream"]);
  assert.deepEqual(["application/pdf", "image/png", "application/octet-stream", ""].map(isReadable), [
    false,
    false,
    false,
    false,
  ]);
});

test("a text is read in its character set, whoever tells it", async () => {
  const read = async (bytes: Buffer, header: string, type = "text/plain"): Promise<string> =>
    (await pageText(bytes, { type, header, address: "https://x/" })).text;
  assert.equal(await read(Buffer.from("\ufeffäö"), "text/plain; charset=latin1"), "äö");
  assert.equal(await read(Buffer.from("\ufeffäö", "utf16le"), "text/plain"), "äö");
  assert.equal(await read(Buffer.from([0x82, 0xa0]), 'text/plain; charset="Shift_JIS"'), "あ");
  assert.equal(await read(Buffer.from("äö"), "text/plain; charset=no-such-thing"), "äö");
  assert.equal(await read(Buffer.from([0x3c, 0x70, 0x3e, 0xe4]), "text/html", "text/html"), "\ufffd");
});
