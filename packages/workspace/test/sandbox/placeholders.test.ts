import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Guard } from "../../src/sandbox/facts.ts";
import { createPlaceholders } from "../../src/sandbox/placeholders.ts";

test("what another process made since the tree was looked at is closed and not ours to remove", (t) => {
  const root = mkdtempSync(join(tmpdir(), "placeholders-test-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const at = (name: string): string => join(root, name);
  const guards = [".claude", ".idea", ".vscode"].map((name): Guard => ({ path: at(name), how: "placeholder-folder" }));
  mkdirSync(at(".claude"));
  symlinkSync("elsewhere", at(".idea"));
  const placeholders = createPlaceholders(
    () => {},
    () => [],
  );
  const held = placeholders.hold(guards);
  assert.deepEqual(held.guards, [
    { path: at(".claude"), how: "read-only" },
    { path: at(".vscode"), how: "placeholder-folder" },
  ]);
  held.release();
  assert.deepEqual(placeholders.removeAll(), []);
  assert.deepEqual(readdirSync(root).sort(), [".claude", ".idea"]);
});
