import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { findProgram, neverRunFrom } from "../../src/sandbox/find-program.ts";

test("a program of the workspace's is never taken for one of the user's", (t) => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "find-program-")));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const [tree, tools] = [join(top, "tree"), join(top, "tools")];
  const planted = join(tree, "node_modules/.bin");
  for (const folder of [planted, tools]) {
    mkdirSync(folder, { recursive: true });
    for (const name of ["git", "fettle-test-tool"]) writeFileSync(join(folder, name), "#!/bin/sh\n", { mode: 0o755 });
  }
  symlinkSync(planted, join(top, "link"));
  const searchPath = ["relative", planted, join(top, "link"), tools].join(delimiter);
  assert.equal(findProgram("fettle-test-tool", searchPath), join(planted, "fettle-test-tool"));
  neverRunFrom(tree);
  assert.equal(findProgram("fettle-test-tool", searchPath), join(tools, "fettle-test-tool"));
  assert.doesNotMatch(findProgram("git", searchPath) ?? "", new RegExp(`^${tree}`));
});
