import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { referencesIn } from "../../src/instruction-files/includes.ts";
import { loadInstructionFiles } from "../../src/instruction-files/load.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const place = (t: TestContext, files: Record<string, string>) => {
  const base = temporaryFolder(t);
  for (const [name, text] of Object.entries({ "home/x": "", "repo/.git/x": "", ...files })) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  }
  return { base, home: join(base, "home"), cwd: join(base, "repo") };
};

test("a reference is a word with an @ before it, of a prose file, and none in code", () => {
  const text = [
    "See @docs/style.md, (@a.txt) and @b.rst.",
    "@own/line.md",
    "Not me@example.md nor @types/node, @.env, @.git/config.md or `@code.md` or ``x ` @tick.md``.",
    "```sh\n@fenced.md\n```",
    "~~~~\n@tilde.md\n~~~\n@still.md\n~~~~",
    "@docs/style.md again",
    "```\n@open.md",
  ].join("\n\n");
  assert.deepEqual(referencesIn(text), ["docs/style.md", "a.txt", "b.rst", "own/line.md"]);
});

test("names may be of any script, and a stray backtick hides nothing below an empty line", () => {
  const text = "Leave ` alone; @ünï/ü.md, @文/書.txt\n\nsee @docs/a.md\r\n\r\nrun `x @code.md` `@two\nlines.md`";
  assert.deepEqual(referencesIn("@ünï/ü.md, @文/書.txt"), ["ünï/ü.md", "文/書.txt"]);
  assert.deepEqual(referencesIn(text), ["ünï/ü.md", "文/書.txt", "docs/a.md"]);
});

test("of any text only names of prose are taken", () => {
  const piece = fc.constantFrom("`", "```", "~~~", "@a.md", "\n", " ", "x", "``", "@");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      for (const path of referencesIn(pieces.join(""))) assert.match(path, /^[\w.~/-].*\.mdx?$/);
    }),
    { numRuns: 300 },
  );
  // Each length of backticks stands once, so that none closes another.
  const unfriendly = Array.from({ length: 250 }, (_, at) => `${"`".repeat(at + 1)} `).join("");
  assert.deepEqual(referencesIn(unfriendly), []);
});

test("what a file takes in follows it, in the budget, each once, in circles and five deep", (t) => {
  const chain = Object.fromEntries(
    Array.from({ length: 8 }, (_, at) => [`repo/c${at}.md`, `c${at} @c${at + 1}.md\n`] as const),
  );
  const { home, cwd } = place(t, {
    "repo/AGENTS.md": "root @docs/a.md @c0.md\n",
    "repo/docs/a.md": "a @b.md @../AGENTS.md\n",
    "repo/docs/b.md": "b @a.md @gone.md\n",
    ...chain,
  });
  const { sources, notices, text } = loadInstructionFiles({ home, cwd });
  const names = sources.map(({ path }) => path.slice(cwd.length + 1));
  assert.deepEqual(names, ["AGENTS.md", "docs/a.md", "docs/b.md", "c0.md", "c1.md", "c2.md", "c3.md", "c4.md"]);
  assert.deepEqual(sources[2]?.includedBy, join(cwd, "docs/a.md"));
  assert.match(text, /<instructions file="[^"]*docs\/b\.md" included-by="[^"]*docs\/a\.md">\nb @a\.md/);
  assert.deepEqual(notices, [
    `${join(cwd, "docs/b.md")} names @gone.md, which does not exist`,
    `${join(cwd, "c4.md")} names @c5.md, which was not read: more than 5 deep`,
  ]);
  const cut = loadInstructionFiles({ home, cwd, maxBytes: 40 });
  assert.ok(cut.sources.reduce((sum, { usedBytes }) => sum + usedBytes, 0) <= 40);
});

test("a repository's file takes in nothing from elsewhere; a person's own may", (t) => {
  const { base, home, cwd } = place(t, {
    "repo/AGENTS.md": "@../outside.md @/etc/motd.md @~/notes.md @link.md @key.md\n",
    "repo/.env": "KEY=1",
    "home/AGENTS.md": "@../outside.md\n",
    "outside.md": "outside\n",
  });
  symlinkSync(join(base, "outside.md"), join(cwd, "link.md"));
  symlinkSync(".env", join(cwd, "key.md"));
  const { sources, notices } = loadInstructionFiles({ home, cwd });
  assert.deepEqual(
    sources.map(({ path }) => path.slice(base.length)),
    ["/home/AGENTS.md", "/outside.md", "/repo/AGENTS.md"],
  );
  const file = join(cwd, "AGENTS.md");
  const outside = (name: string): string => `${file} names @${name}, which was not read: it is outside the repository`;
  assert.deepEqual(notices, [
    ...["../outside.md", "/etc/motd.md", "~/notes.md"].map(outside),
    `${join(cwd, "link.md")} was not read: it is a link to ${join(base, "outside.md")}, outside the repository`,
    `${file} names @key.md, which was not read: it is a link to ${join(cwd, ".env")}`,
  ]);
});
