import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { createOutputCapture } from "../src/output-capture.ts";

const folder = mkdtempSync(join(tmpdir(), "fettle-capture-"));

test("short output is whole and leaves no file", () => {
  const capture = createOutputCapture(() => assert.fail("no file is needed"));
  capture.add(Buffer.from("one\n"));
  capture.add(Buffer.from("two\n"));
  assert.deepEqual(capture.read(), { text: "one\ntwo\n", bytes: 8 });
});

test("property: large output is whole on disk, and head and tail are its own", () => {
  let file = 0;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 3000 }), { maxLength: 40 }), (chunks) => {
      const path = join(folder, String(file++));
      const capture = createOutputCapture(() => path);
      for (const chunk of chunks) capture.add(Buffer.from(chunk));
      const whole = chunks.join("");
      const seen = capture.read();
      capture.close();
      assert.equal(seen.bytes, Buffer.byteLength(whole));
      if (seen.path === undefined) {
        assert.equal(seen.text, whole);
        return;
      }
      assert.equal(readFileSync(path, "utf8"), whole);
      const [head = "", tail = ""] = seen.text.split(/\n… [\d,]+ bytes left out; whole output: .* …\n/);
      assert.ok(whole.startsWith(head) && whole.endsWith(tail));
      assert.ok(Buffer.byteLength(head + tail) <= 12 * 1024);
    }),
    { numRuns: 50 },
  );
});

test("the number of missing bytes adds up", () => {
  const capture = createOutputCapture(null);
  for (let i = 0; i < 100; i++) capture.add(Buffer.alloc(1000, "x"));
  const { text } = capture.read();
  const missing = Number(/… ([\d,]+) bytes left out …/.exec(text)?.[1]?.replaceAll(",", ""));
  assert.equal(missing + 12 * 1024, 100_000);
});

test("head and tail have their whole length however the output was cut into pieces, and pieces may be used again", () => {
  const all = Buffer.from(Array.from({ length: 100_000 }, (_, index) => 97 + (index % 26)));
  const texts = [[1, 99_999], [99_999, 1], [12_288, 87_712], [100_000], Array<number>(100).fill(1000)].map((sizes) => {
    const capture = createOutputCapture(null);
    const reused = Buffer.alloc(100_000);
    let at = 0;
    for (const size of sizes) {
      all.copy(reused, 0, at, at + size);
      capture.add(reused.subarray(0, size));
      at += size;
    }
    return capture.read().text;
  });
  for (const text of texts) assert.equal(text, texts[0]);
  assert.ok(
    texts[0]?.startsWith(all.toString("utf8", 0, 6144)) && texts[0].endsWith(all.toString("utf8", 100_000 - 6144)),
  );
});
