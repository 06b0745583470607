import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { applyPatch } from "../../src/patch/apply-patch.ts";
import { diffLines } from "../../src/patch/line-diff.ts";
import { unifiedDiff } from "../../src/patch/unified-diff.ts";
import { inFolder, readTree } from "./tree.ts";

const line = fc.oneof(
  fc.constantFrom("", "a", "b", "}", "  x", "\tx ", "— “q”", "@@", "*** End Patch", "+p", "\\"),
  fc.string({ maxLength: 6 }).filter((text) => !/[\r\n\0]/.test(text) && text === text.toWellFormed()),
);
const lines = fc.array(line, { maxLength: 30 });
const textOf = (all: readonly string[], newline = "\n"): string => all.map((text) => text + newline).join("");

/** The whole change as one hunk, or as one hunk a change, each with all lines since the one before as context. */
const patchFor = (before: readonly string[], after: readonly string[], split: boolean): string => {
  let body = "@@\n";
  let changed = false;
  let hasOld = false;
  for (const run of diffLines(before, after)) {
    // A hunk of added lines alone has no place of its own: the format puts it at the end.
    if (split && changed && hasOld && run.kind === "equal") {
      body += "@@\n";
      changed = false;
    }
    if (run.kind !== "equal") changed = true;
    if (run.kind !== "add") hasOld = true;
    const [prefix, from, start] =
      run.kind === "equal"
        ? [" ", before, run.oldStart]
        : run.kind === "remove"
          ? ["-", before, run.oldStart]
          : ["+", after, run.newStart];
    for (const text of from.slice(start, start + run.length)) body += `${prefix}${text}\n`;
  }
  return `*** Update File: f\n${body}`;
};
const wrap = (body: string): string => `*** Begin Patch\n${body}*** End Patch\n`;

test("property: a patch made from two texts turns one into the other", () =>
  inFolder({}, (root) =>
    fc.assert(
      fc.asyncProperty(
        lines,
        lines,
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        async (before, after, newline, split) => {
          fc.pre(before.length > 0 && after.length > 0);
          writeFileSync(join(root, "f"), textOf(before, newline));
          const outcome = await applyPatch(wrap(patchFor(before, after, split)), { cwd: root, roots: [root] });
          assert.ok(outcome.ok, JSON.stringify(outcome));
          assert.equal(readFileSync(join(root, "f"), "utf8"), textOf(after, newline));
        },
      ),
      { numRuns: 150 },
    ),
  ));

test("property: a patch that fails at any hunk leaves every byte", () =>
  inFolder({}, (root) =>
    fc.assert(
      fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 4 }), fc.nat(3), async (files, position) => {
        files.forEach((content, index) => {
          writeFileSync(join(root, `f${index}`), textOf(content));
        });
        const before = readTree(root);
        const operations = files.map(
          (content, index) => `*** Update File: f${index}\n@@\n${content.map((text) => ` ${text}\n`).join("")}+added\n`,
        );
        operations.push("*** Add File: new/deep/x\n+x\n", "*** Delete File: f0\n");
        operations.splice(position % (files.length + 1), 0, "*** Update File: f0\n@@\n-\u0001 in no file\n+x\n");
        const outcome = await applyPatch(wrap(operations.join("")), { cwd: root, roots: [root] });
        assert.equal(outcome.ok, false);
        assert.deepEqual(readTree(root), before);
      }),
      { numRuns: 60 },
    ),
  ));

test("property: garbage neither throws nor changes a file", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "*** Update File: f",
      "*** Add File: ../g",
      "*** Delete File: none",
      "*** Move to: .git/x",
      "@@",
      "@@ q",
      "+a",
      "-\u0001",
      " c",
    ),
    fc.string(),
  );
  return inFolder({ f: "a\n", d: null }, (root) =>
    fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const before = readTree(root);
        const outcome = await applyPatch(wrap(`${pieces.join("\n")}\n`), { cwd: root, roots: [root] });
        if (outcome.ok) writeFileSync(join(root, "f"), "a\n");
        else assert.match(outcome.message, /./);
        assert.deepEqual(readTree(root), before);
      }),
      { numRuns: 300 },
    ),
  );
});

test("property: the runs of a diff rebuild both sides, and a shortest script is not longer than needed", () =>
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const left: string[] = [];
      const right: string[] = [];
      let edits = 0;
      for (const run of diffLines(before, after)) {
        if (run.kind !== "equal") edits += run.length;
        if (run.kind !== "add") left.push(...before.slice(run.oldStart, run.oldStart + run.length));
        if (run.kind !== "remove") right.push(...after.slice(run.newStart, run.newStart + run.length));
      }
      assert.deepEqual([left, right], [before, after]);
      // The length of the longest common subsequence by the plain table.
      let row = new Array<number>(after.length + 1).fill(0);
      for (const item of before) {
        const next = [0];
        after.forEach((other, at) => {
          next.push(item === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
        });
        row = next;
      }
      assert.equal(edits, before.length + after.length - 2 * (row.at(-1) ?? 0));
    }),
    { numRuns: 300 },
  ));

test("property: git applies the unified diff", () =>
  inFolder({}, (root) =>
    fc.assert(
      fc.property(
        lines,
        lines,
        fc.boolean(),
        fc.constantFrom("f", "a name", 'q"uote\\n'),
        (before, after, finalNewline, name) => {
          const old = textOf(before);
          const text = finalNewline ? textOf(after) : textOf(after).replace(/\n$/, "");
          fc.pre(old !== text);
          writeFileSync(join(root, name), old);
          const diff = unifiedDiff({ path: name, text: old, mode: 0o644 }, { path: name, text, mode: 0o644 });
          execFileSync("git", ["apply", "--whitespace=nowarn", "-"], {
            cwd: root,
            input: diff,
            stdio: ["pipe", "pipe", "pipe"],
          });
          assert.equal(readFileSync(join(root, name), "utf8"), text);
        },
      ),
      { numRuns: 40 },
    ),
  ));

test("a diff of a long rewritten file is still whole", () => {
  const before = Array.from({ length: 10_000 }, (_, index) => `old ${index}`);
  const after = before.map((text, index) => (index % 2 === 0 ? text : `new ${index}`));
  const runs = diffLines(before, after);
  const count = (kind: string): number =>
    runs.filter((run) => run.kind === kind).reduce((sum, run) => sum + run.length, 0);
  assert.equal(count("remove") + count("equal"), 10_000);
  assert.equal(count("add") + count("equal"), 10_000);
});

test("binary and mode changes in a diff are told without content", () => {
  assert.equal(
    unifiedDiff({ path: "b", text: undefined, mode: 0o644 }, undefined),
    "diff --git a/b b/b\ndeleted file mode 100644\nBinary files a/b and /dev/null differ\n",
  );
  assert.equal(
    unifiedDiff({ path: "s", text: "x\n", mode: 0o644 }, { path: "s", text: "x\n", mode: 0o755 }),
    "diff --git a/s b/s\nold mode 100644\nnew mode 100755\n",
  );
  assert.equal(unifiedDiff({ path: "s", text: "x\n", mode: 0o644 }, { path: "s", text: "x\n", mode: 0o644 }), "");
});
