import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { asOrdinaryUser, nobody } from "../as-ordinary-user.ts";

const isRoot = process.getuid?.() === 0;

test("an ordinary user is confined in the same way", {
  skip: isRoot ? false : "these tests already run as an ordinary user",
}, (t) => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "ordinary-user-")));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const [root, outside, stateDir, home] = ["project", "outside", "state", "home"].map((name) => {
    const path = join(top, name);
    mkdirSync(path);
    chownSync(path, nobody, nobody);
    return path;
  }) as [string, string, string, string];
  chmodSync(top, 0o755);
  writeFileSync(join(home, "secret"), "SECRET");
  chmodSync(join(home, "secret"), 0o644);
  const script = `id -u; echo a > file; echo out > ${outside}/x; cat ~/secret; git init -q . ; mkdir sub && git init -q sub && echo made;
      unshare -U true && echo namespace; echo evil > .vscode/x; npm --version > /dev/null && echo npm; exec 9<>/dev/tcp/127.0.0.1/1`;
  const program = join(import.meta.dirname, "../process/run-and-print.ts");
  const [file, ...args] = asOrdinaryUser(join(top, "clone"), [process.execPath, program, root, stateDir, script]);
  const env = { PATH: process.env.PATH ?? "", HOME: home };
  const output = execFileSync(file, args, { encoding: "utf8", env });
  assert.match(output, /^65534\n/);
  assert.match(output, /^made$/m);
  assert.match(output, /^npm$/m);
  assert.doesNotMatch(output, /^SECRET|^namespace$/m);
  assert.deepEqual(readdirSync(outside), []);
  assert.deepEqual(readdirSync(root).sort(), ["file", "sub"]);
  assert.equal(existsSync(join(root, "sub/.git/HEAD")), true);
  assert.deepEqual(readdirSync(join(stateDir, "sandbox")), []);
});
