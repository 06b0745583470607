import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openScene } from "./support/scripted-run.ts";

/* What every command has in common: its help, and one line for what it cannot take. */

describe("commands", { concurrency: 2 }, () => {
  test("each has a help of its own, by --help and by help COMMAND, and does nothing else then", async (t) => {
    const scene = await openScene(t);
    const main = await scene.fettle(["help"]);
    const listed = [...(/^Commands\n([\s\S]*?)\n\n/m.exec(main.stdout)?.[1] ?? "").matchAll(/^ {2}(\S+)/gm)];
    const names = [...new Set(listed.map(([, name = ""]) => name))];
    assert.ok(names.length > 15, main.stdout);
    for (const name of names) {
      const [long, word] = await Promise.all([scene.fettle([name, "--help"]), scene.fettle(["help", name])]);
      assert.equal(long.code, 0, long.stderr);
      assert.match(long.stdout, new RegExp(`^\\S[^\\n]+\\n\\nUsage: fettle ${name}\\b`), name);
      assert.equal(word.stdout, long.stdout);
    }
    assert.match((await scene.fettle(["help", "frob"])).stderr, /no command "frob"/);
  });

  test("what cannot be taken is refused in one line before anything is done", async (t) => {
    const scene = await openScene(t);
    const refused = async (args: string[], code: number, says: RegExp): Promise<void> => {
      const run = await scene.fettle(args);
      assert.equal(run.code, code, args.join(" "));
      assert.match(run.stderr, new RegExp(`^fettle: (?:${says.source})[^\\n]*\\n$`));
    };
    await refused(["schema", "x"], 2, /no further words expected/);
    for (const args of [["init"], ["plan", "x"], ["policy", "check", "--", "ls"]])
      await refused([...args.slice(0, 1), "-C", "a.txt", ...args.slice(1)], 2, /-C: a\.txt is not a folder/);
    await refused(["apply-patch"], 2, /the patch is empty/);
    mkdirSync(join(scene.repository, "AGENTS.md"));
    await refused(["init", "--force"], 1, /\S+AGENTS\.md is a folder; nothing was tried/);
  });
});
