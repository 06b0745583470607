import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openScene, wordsOf } from "./support/scripted-run.ts";

/* The examples of docs/instructions.md and docs/skills.md do what is said there. */

const root = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(root, "docs", name), "utf8");

/** The text of each fenced block of this kind; "" is a block of commands. */
const blocks = (text: string, kind: string): string[] =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, body = ""]) => (of === kind ? [body] : []));

/** The command lines of a document, as words: quotes are those of a shell, comments are left out. */
const commandLines = (text: string): string[][] =>
  blocks(text, "")
    .flatMap((block) => block.split("\n"))
    .filter((line) => line.startsWith("fettle "))
    .map((line) =>
      [...line.replace(/\s+#.*$/, "").matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ""),
    )
    .map(([, ...args]) => args);

describe("documented", { concurrency: 2 }, () => {
  test("instructions: every command works, and the example takes its two files in", async (t) => {
    const text = read("instructions.md");
    const [example = "", commands = ""] = blocks(text, "markdown");
    const scene = await openScene(t, {
      files: { "docs/style.md": "the style\n", "docs/commits.md": "the commits\n" },
      steps: [{ text: "Read." }],
    });
    const lines = commandLines(text);
    assert.deepEqual(
      lines.map((line) => line.join(" ")),
      ["init", "context", "context --json", "context --last"],
    );
    assert.match(commands, /^## Commands\nEach was run once in the sandbox, without network, and exited 0\.\n/);
    for (const line of lines.slice(0, 3)) {
      const { code, stderr } = await scene.fettle(line);
      assert.equal(code, 0, `${line.join(" ")}: ${stderr}`);
    }
    writeFileSync(join(scene.repository, "AGENTS.md"), example);
    assert.equal((await scene.exec(["go"])).code, 0);
    assert.match(
      wordsOf(scene.server.requests[0], "developer")[0] ?? "",
      /style\.md"[^>]*>\nthe style\n[\s\S]*>\nthe commits\n/,
    );
    assert.equal((await scene.fettle(lines[3] ?? [])).code, 0);
  });

  test("skills: every command works, and the example is called as it is shown", async (t) => {
    const text = read("skills.md");
    const [example = ""] = blocks(text, "markdown");
    const scene = await openScene(t, { steps: [{ text: "Noted." }] });
    const [made, listed, shown, checked, called, ...more] = commandLines(text);
    assert.deepEqual(more, []);
    assert.equal((await scene.fettle(made ?? [])).code, 0);
    const path = join(scene.repository, ".agents/skills/release-notes/SKILL.md");
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, example);
    assert.match((await scene.fettle(listed ?? [])).stdout, /^release-notes \(the repository's, /);
    assert.ok((await scene.fettle(shown ?? [])).stdout.endsWith(example));
    assert.equal((await scene.fettle(checked ?? [])).code, 0);
    assert.equal(called?.[0], "exec");
    assert.equal((await scene.exec(called?.slice(1) ?? [])).code, 0);
    const told = wordsOf(scene.server.requests[0], "developer").at(-1) ?? "";
    assert.match(told, /List the commits since v1\.2 with `git log --oneline v1\.2\.\.HEAD`/);
    assert.match(told, /besides: v1\.2 "for users of the API"\n/);
  });
});
