import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createPipes } from "../../src/process/pipes.ts";
import { startProcess } from "../../src/process/start-process.ts";
import { groupEnding } from "../../src/process/tree-ending.ts";

test("a program that was not approved ran nothing, and counts as one that can be tried again", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "start-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const pipes = createPipes(folder);
  const start = (refusal: string | null) =>
    startProcess(
      {
        file: "/bin/sh",
        args: ["-c", `read -r go <&3 && echo ran > ${folder}/ran`],
        cwd: "/",
        env: { PATH: "/usr/bin:/bin" },
        streams: "captured",
        timeoutMs: null,
        extraDescriptor: null,
        approve: async () => refusal,
        ending: groupEnding("start-test"),
        onEnded: () => {},
        inspect: async () => ["looked through"],
      },
      pipes,
    );
  assert.deepEqual(await start("moved"), { ok: false, message: "moved", unmade: ["looked through"] });
  assert.ok(!existsSync(join(folder, "ran")));
  const approved = await start(null);
  assert.ok(approved.ok);
  assert.equal((await approved.command.exited).code, 0);
  assert.ok(existsSync(join(folder, "ran")));
});
