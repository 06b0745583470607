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
