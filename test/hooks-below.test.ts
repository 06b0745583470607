import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { done, shell } from "./support/approvals.ts";
import { itemsOf, openScene } from "./support/scripted-run.ts";

const hook = (event: string, command: string): string =>
  `[[hooks.${event}]]\n[[hooks.${event}.hooks]]\ntype = "command"\ncommand = ${JSON.stringify(command)}\n`;

test("a repository's hooks mean the files that were trusted, also where work is in a folder with others of their names", async (t) => {
  const scene = await openScene(t, {
    files: {
      ".fettle/config.toml": [
        hook("PreToolUse", "sh .fettle/hooks/guard.sh"),
        hook("PreToolUse", 'sh "$CLAUDE_PROJECT_DIR/.fettle/hooks/guard.sh"'),
        hook("SessionStart", "pwd"),
      ].join("\n"),
      ".fettle/hooks/guard.sh": "exit 2\n",
      "sub/.fettle/hooks/guard.sh": "touch ../ran ran\n",
    },
    steps: [shell("touch bad"), done],
  });
  assert.equal((await scene.fettle(["trust", "--yes"])).code, 0);
  mkdirSync(scene.home, { recursive: true });
  appendFileSync(join(scene.home, "config.toml"), hook("SessionStart", "pwd"));
  const cwd = join(scene.repository, "sub");
  const run = await scene.exec(["--json", "go"], { cwd });
  assert.equal(run.code, 0, run.stderr);
  for (const name of ["ran", "sub/ran"])
    assert.equal(existsSync(join(scene.repository, name)), false, "nobody trusted that one");
  assert.equal(existsSync(join(cwd, "bad")), false);
  const ran = itemsOf(run.events(), "hook").map((item) => `${item.source} ${item.context ?? item.decision}`);
  assert.deepEqual(
    ran.toSorted(),
    ["project deny", "project deny", `project ${scene.repository}`, `user ${cwd}`].toSorted(),
  );
});
