import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { quotePath, quoteWords } from "../../../src/models/offline/shell-quote.ts";

test("a shell reads back exactly the words that were quoted", () => {
  const word = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("'", '"', "\\", "$", "`", "\n", "-", "!", " ", ";", "é") }),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (given) => {
      const words = given.map((text) => text.replaceAll("\0", ""));
      const script = `printf '%s\\0' ${quoteWords(words)}`;
      const read = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
      assert.deepEqual(read.split("\0").slice(0, -1), words);
    }),
    { numRuns: 60 },
  );
});

test("plain words stay as they are, paths are never options", () => {
  assert.equal(quoteWords(["npm", "test", "a b", ""]), "npm test 'a b' ''");
  assert.equal(quotePath("-rf"), "./-rf");
});
