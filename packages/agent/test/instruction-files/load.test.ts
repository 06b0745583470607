import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { loadInstructionFiles } from "../../src/instruction-files/load.ts";

/** A user's state folder and a repository with these files; folders end in a slash. */
const place = (t: TestContext, files: Record<string, string | Buffer>) => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "fettle-agents-md-")));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  for (const [name, content] of Object.entries({ "home/": "", "repo/.git/": "", "repo/a/b/": "", ...files })) {
    const path = join(base, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, content);
  }
  return { base, home: join(base, "home"), repo: join(base, "repo"), cwd: join(base, "repo", "a", "b") };
};

test("the user's file comes first, then one of each folder from the root down, each with its path", (t) => {
  const { base, home, repo, cwd } = place(t, {
    "AGENTS.md": "above the repository",
    "home/AGENTS.md": "user rules",
    "repo/AGENTS.md": "root rules",
    "repo/CLAUDE.md": "not read: there is an AGENTS.md",
    "repo/a/CLAUDE.md": "fallback rules",
    "repo/a/b/AGENTS.md": "near rules\n",
    "repo/a/b/c/AGENTS.md": "below",
  });
  const { text, sources, notices } = loadInstructionFiles({ home, cwd });
  const paths = [join(home, "AGENTS.md"), join(repo, "AGENTS.md"), join(repo, "a/CLAUDE.md"), join(cwd, "AGENTS.md")];
  assert.deepEqual(
    sources,
    [10, 10, 14, 11].map((bytes, at) => ({ path: paths[at], bytes, usedBytes: bytes })),
  );
  assert.deepEqual(notices, []);
  const bodies = ["user rules", "root rules", "fallback rules", "near rules"];
  const expected = bodies.map((body, at) => `<instructions file="${paths[at]}">\n${body}\n</instructions>`);
  assert.deepEqual(text.split("\n\n").slice(1), expected);
  assert.doesNotMatch(text, new RegExp(`above|below|not read|${join(base, "AGENTS.md")}`));
});

test("outside a repository only the folder itself counts", (t) => {
  const { base, home } = place(t, { "plain/AGENTS.md": "above", "plain/x/AGENTS.md": "here" });
  const { sources } = loadInstructionFiles({ home, cwd: join(base, "plain", "x") });
  assert.deepEqual(
    sources.map(({ path }) => path),
    [join(base, "plain/x/AGENTS.md")],
  );
});

test("nothing to tell is an empty text; empty files and a budget of 0 tell nothing", (t) => {
  const nothing = { text: "", sources: [], notices: [] };
  const { home, cwd } = place(t, { "repo/AGENTS.md": "" });
  const { nested, ...empty } = loadInstructionFiles({ home, cwd });
  assert.deepEqual(empty, nothing);
  assert.ok(nested !== null, "a folder that the work enters may have some");
  const other = place(t, { "repo/AGENTS.md": "rules" });
  assert.deepEqual(loadInstructionFiles({ ...other, maxBytes: 0 }), { ...nothing, nested: null });
});

test("fallback names can be chosen; a worktree's .git file marks the root too", (t) => {
  const { base, home } = place(t, { "tree/.git": "gitdir: x", "tree/RULES.md": "root", "tree/s/CLAUDE.md": "no" });
  const { sources } = loadInstructionFiles({ home, cwd: join(base, "tree", "s"), fallbackNames: ["RULES.md"] });
  assert.deepEqual(
    sources.map(({ path }) => path),
    [join(base, "tree/RULES.md")],
  );
});

test("what is cut is said in the text and to the person, at the end of a line", (t) => {
  const lines = Array.from({ length: 100 }, (_, at) => `rule ${String(at).padStart(3, "0")}\n`).join("");
  const { home, cwd, repo } = place(t, { "repo/AGENTS.md": lines, "repo/a/b/AGENTS.md": "near" });
  const { text, sources, notices } = loadInstructionFiles({ home, cwd, maxBytes: 100 });
  const path = join(repo, "AGENTS.md");
  assert.deepEqual(sources[0], { path, bytes: 900, usedBytes: 90 });
  assert.ok(text.includes(`rule 009\n[… cut 810 bytes of ${path}; read the file for the rest]\n</instructions>`));
  assert.ok(text.includes("near"));
  assert.deepEqual(notices, ["../../AGENTS.md was cut: 90 of its 900 bytes are told (project_doc_max_bytes)"]);
});

test("the budget holds, nobody starves, and no character is cut in two", (t) => {
  const { home, cwd, repo } = place(t, {});
  const content = fc.string({ unit: fc.constantFrom("a", "é", "世", "🎉", "\n"), minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(content, content, content, fc.integer({ min: 60, max: 3000 }), (far, middle, near, maxBytes) => {
      const folders = [home, repo, cwd];
      for (const [at, text] of [far, middle, near].entries()) writeFileSync(join(folders[at] ?? "", "AGENTS.md"), text);
      const { text, sources } = loadInstructionFiles({ home, cwd, maxBytes });
      const used = sources.map(({ usedBytes }) => usedBytes);
      assert.ok(used.reduce((a, b) => a + b, 0) <= maxBytes);
      // Half of a fair third is the least: a line's end nearer than that is preferred to a full share.
      for (const { bytes, usedBytes } of sources) assert.ok(usedBytes >= Math.min(bytes, maxBytes / 3 / 2 - 4));
      assert.ok(!text.includes("\ufffd"));
    }),
    { numRuns: 200 },
  );
});

test("links that leave the repository are refused aloud; those within it and the user's own are followed once", (t) => {
  const { base, home, repo, cwd } = place(t, { "secret.md": "secret", "repo/docs/RULES.md": "rules" });
  symlinkSync(join(base, "secret.md"), join(repo, "AGENTS.md"));
  symlinkSync("../docs/RULES.md", join(repo, "a", "AGENTS.md"));
  symlinkSync("../../docs/RULES.md", join(cwd, "AGENTS.md"));
  symlinkSync(join(base, "secret.md"), join(home, "AGENTS.md"));
  symlinkSync("CLAUDE.md", join(cwd, "CLAUDE.md"));
  const { sources, notices } = loadInstructionFiles({ home, cwd });
  assert.deepEqual(
    sources.map(({ path }) => path),
    [join(base, "secret.md"), join(repo, "docs/RULES.md")],
  );
  assert.deepEqual(notices, [
    `${join(repo, "AGENTS.md")} was not read: it is a link to ${join(base, "secret.md")}, outside the repository`,
  ]);
});

test("what is no readable text is refused or mended aloud", (t) => {
  const { home, cwd, repo } = place(t, {
    "home/AGENTS.md/": "",
    "repo/AGENTS.md": Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x00]),
    "repo/CLAUDE.md": Buffer.from([0x6f, 0x6b, 0xff, 0x0a]),
  });
  execFileSync("mkfifo", [join(repo, "a", "AGENTS.md")]);
  symlinkSync("AGENTS.md", join(cwd, "AGENTS.md"));
  const { text, sources, notices } = loadInstructionFiles({ home, cwd });
  assert.deepEqual(sources, [{ path: join(repo, "CLAUDE.md"), bytes: 4, usedBytes: 4 }]);
  assert.ok(text.includes("ok\ufffd"));
  assert.deepEqual(notices.slice(0, 3), [
    `${join(home, "AGENTS.md")} was not read: it is not a file`,
    `${join(repo, "AGENTS.md")} was not read: it is not text`,
    `${join(repo, "a", "AGENTS.md")} was not read: it is not a file`,
  ]);
  assert.match(notices[3] ?? "", /ELOOP/);
  assert.match(notices[4] ?? "", /CLAUDE.md is not valid UTF-8/);
});
