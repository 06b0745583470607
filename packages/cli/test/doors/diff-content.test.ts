import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { textChanges } from "../../src/doors/acp/diff-content.ts";

/* Held against what git writes. */

const folder = mkdtempSync(join(tmpdir(), "fettle-diff-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
git("init", "-q");

const line = fc.constantFrom("a", "b", "", "-- a/x", "++ b/x", "@@ -1 +1 @@", "\\ No newline at end of file", "ä`");
const text = fc
  .tuple(fc.array(line, { maxLength: 25 }), fc.boolean())
  .map(([lines, newline]) => lines.join("\n") + (newline && lines.length > 0 ? "\n" : ""));

test("each pair stands in the old and the new file, at its line, and together they are all that changed", () => {
  const path = join(folder, "f");
  fc.assert(
    fc.property(text, text, (before, now) => {
      writeFileSync(path, before);
      git("add", "f");
      writeFileSync(path, now);
      const changes = textChanges(git("diff", "--no-color", "f"), folder);
      let rebuilt = before;
      for (const change of changes.toReversed()) {
        assert.equal(change.path, path);
        assert.ok(
          now
            .split("\n")
            .slice(change.line - 1)
            .join("\n")
            .startsWith(change.newText.replace(/\n$/, "")),
        );
        const at = rebuilt.lastIndexOf(change.oldText ?? "");
        assert.ok(at >= 0);
      }
      if (before === now) assert.deepEqual(changes, []);
      // Applied in order, each after the last, the pairs make the new file of the old one.
      let result = "";
      for (const { oldText, newText, line: first } of changes) {
        const kept = now.split("\n").slice(0, first - 1);
        const reached = kept.length === 0 ? "" : `${kept.join("\n")}\n`;
        assert.ok(reached.startsWith(result));
        const between = reached.slice(result.length);
        assert.ok(rebuilt.startsWith(between + (oldText ?? "")));
        rebuilt = rebuilt.slice(between.length + (oldText ?? "").length);
        result = reached + newText;
      }
      assert.equal(result + rebuilt, now);
    }),
    { numRuns: 60 },
  );
});

test("files that come and go, and names that git quotes", () => {
  const names = ["with space", 'quo"te', "tab\there", "ümläut", "new\nline", "back\\slash"];
  for (const name of names) writeFileSync(join(folder, name), "new\n");
  git("add", "-A");
  const added = textChanges(git("diff", "--cached", "--no-color", "--", ...names), folder);
  assert.deepEqual(
    added.map(({ path, oldText, newText }) => [path, oldText, newText]).sort(),
    names.map((name) => [join(folder, name), null, "new\n"]).sort(),
  );
  git("commit", "-qm", "all");
  rmSync(join(folder, "with space"));
  assert.deepEqual(textChanges(git("diff", "--no-color"), folder), [
    { path: join(folder, "with space"), oldText: "new\n", newText: "", line: 1 },
  ]);
  assert.equal(readFileSync(join(folder, "ümläut"), "utf8"), "new\n");
});

test("what is no diff of text has no pairs", () => {
  assert.deepEqual(textChanges("", folder), []);
  assert.deepEqual(textChanges("diff --git a/x b/x\nBinary files a/x and b/x differ\n", folder), []);
  assert.deepEqual(textChanges("nonsense\n@@ what\n", folder), []);
});
