import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { confined } from "../support/confined.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("what a test confines can write its own folder and a temporary one, and reach no other process", (t) => {
  const [own, other] = [temporaryFolder(t), temporaryFolder(t)];
  const script = `
echo kept > own.txt && echo temporary > "$TMPDIR/a" && cat "$TMPDIR/a"
echo bad > "$1/bad.txt" || echo closed
rm -rf "$1" || echo stays
kill -0 "$2" || echo alone`;
  const [program, ...args] = confined(own, ["sh", "-c", script, "sh", other, String(process.pid)]);
  const { stdout, error } = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(error, undefined);
  assert.equal(stdout, "temporary\nclosed\nstays\nalone\n");
  assert.equal(readFileSync(join(own, "own.txt"), "utf8"), "kept\n");
  assert.deepEqual(readdirSync(other), []);
});
