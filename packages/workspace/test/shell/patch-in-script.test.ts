import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { quoteForShell } from "../../src/process/shell-command.ts";
import { patchInScript } from "../../src/shell/patch-in-script.ts";

const patch = "*** Begin Patch\n*** Update File: a\n@@\n-x `y`\n+it's $HOME \\ done\n*** End Patch\n";

test("a patch in a here-document is found exactly", () => {
  assert.deepEqual(patchInScript(`apply_patch <<'EOF'\n${patch}EOF\n`), { patch });
  assert.deepEqual(patchInScript(`applypatch << "PATCH"\n${patch}PATCH`), { patch });
  assert.deepEqual(patchInScript(`cd 'a b' && apply_patch <<'EOF'\n${patch}EOF\n`), { patch, cwd: "a b" });
});

test("a patch as an argument is found exactly", () => {
  assert.deepEqual(patchInScript(`apply_patch ${quoteForShell(patch)}`), { patch });
  assert.deepEqual(patchInScript('apply_patch "*** Begin Patch\n*** End Patch"'), {
    patch: "*** Begin Patch\n*** End Patch",
  });
});

test("tabs before the lines of <<- go away, as the shell does it", () => {
  assert.deepEqual(patchInScript("apply_patch <<-'EOF'\n\t*** Begin Patch\n\tEOF\n"), { patch: "*** Begin Patch\n" });
});

for (const script of [
  "ls",
  "",
  "apply_patch",
  "apply_patch --help",
  "apply_patch < file",
  `apply_patch <<EOF\n${patch}EOF\n`,
  `apply_patch <<'EOF'\n${patch}`,
  `apply_patch <<'EOF' && npm test\n${patch}EOF\n`,
  `apply_patch <<'EOF'\n${patch}EOF\nnpm test\n`,
  `apply_patch <<'EOF' > log\n${patch}EOF\n`,
  `cd $DIR && apply_patch <<'EOF'\n${patch}EOF\n`,
  `cd a || apply_patch <<'EOF'\n${patch}EOF\n`,
  `cd - && apply_patch <<'EOF'\n${patch}EOF\n`,
  `cd ~/x && apply_patch <<'EOF'\n${patch}EOF\n`,
  `X=1 apply_patch <<'EOF'\n${patch}EOF\n`,
  `apply_patch "$PATCH"`,
]) {
  test(`left to the shell: ${JSON.stringify(script.slice(0, 40))}`, () => assert.equal(patchInScript(script), null));
}

test("any quoted text comes through unchanged", async () => {
  await fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
      const argument = `***${text}`;
      assert.deepEqual(patchInScript(`apply_patch ${quoteForShell(argument)}`), { patch: argument });
    }),
  );
});
