import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { planCopy } from "../../../src/offline/search/copy/plan.ts";
import { recentlyChanged } from "../../../src/offline/search/suspects.ts";

test("a git that lies in the project is not the one that looks at it", (t) => {
  const root = mkdtempSync(join(tmpdir(), "found-git-"));
  const before = process.env.PATH;
  t.after(() => {
    process.env.PATH = before;
    rmSync(root, { recursive: true, force: true });
  });
  execFileSync("git", ["init", "-q"], { cwd: root });
  writeFileSync(join(root, ".gitignore"), "ignored\n");
  writeFileSync(join(root, "ignored"), "");
  writeFileSync(join(root, "a.js"), "");
  execFileSync("git", ["add", "-A"], { cwd: root });
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "first"], { cwd: root });
  const bin = join(root, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "git"), `#!/bin/sh\ntouch ${root}/ran\n`, { mode: 0o755 });
  process.env.PATH = [bin, before].join(delimiter);
  assert.deepEqual([...recentlyChanged(root)].sort(), [".gitignore", "a.js"]);
  const plan = planCopy(root, { files: 3, bytes: 1 << 20 });
  assert.notEqual(plan, undefined);
  assert.equal(existsSync(join(root, "ran")), false);
});
