import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { applyPatch } from "@fettle/workspace";
import fc from "fast-check";
import { invertPatch } from "../../../src/models/offline/invert-patch.ts";

const line = fc.string({ unit: fc.constantFrom("a", "b", "+", "-", " ", "{", "*") }).map((text) => `x${text}y`);

test("a patch and its inverse leave the file as it was", async () => {
  const root = mkdtempSync(join(tmpdir(), "fettle-invert-"));
  const path = join(root, "f.js");
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 4 }),
        line,
        line,
        fc.array(line, { maxLength: 4 }),
        async (head, before, after, tail) => {
          fc.pre(before !== after && ![...head, ...tail].some((text) => text === before || text === after));
          const text = `${[...head, before, ...tail].join("\n")}\n`;
          writeFileSync(path, text);
          const patch = `*** Begin Patch\n*** Update File: f.js\n@@\n-${before}\n+${after}\n*** End Patch`;
          const options = { cwd: root, roots: [root] };
          assert.equal((await applyPatch(patch, options)).ok, true);
          assert.notEqual(readFileSync(path, "utf8"), text);
          assert.equal((await applyPatch(invertPatch(patch) ?? "", options)).ok, true);
          assert.equal(readFileSync(path, "utf8"), text);
        },
      ),
      { numRuns: 50 },
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a patch that makes or removes files has no inverse", () => {
  assert.equal(invertPatch("*** Begin Patch\n*** Add File: a\n+x\n*** End Patch"), null);
  assert.equal(invertPatch("*** Begin Patch\n*** Delete File: a\n*** End Patch"), null);
});
