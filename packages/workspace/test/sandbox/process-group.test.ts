import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { groupParents } from "../../src/sandbox/process-group.ts";
import { openTestWorkspace } from "./test-workspace.ts";

test("the group lies where processes are counted: below one's own in the first version, beside it in the second", () => {
  assert.deepEqual(groupParents("9:pids:/user.slice\n1:name=systemd:/x\n0::/unified\n"), [
    "/sys/fs/cgroup/pids/user.slice",
  ]);
  assert.deepEqual(groupParents("4:cpu,pids:/\n"), ["/sys/fs/cgroup/pids/"]);
  assert.deepEqual(groupParents("0::/a/b.scope\n"), ["/sys/fs/cgroup/a/b.scope", "/sys/fs/cgroup/a"]);
  assert.deepEqual(groupParents(""), []);
});

const ownGroups = (): string => readFileSync("/proc/self/cgroup", "utf8");

test("root's commands are counted from the first one on", async (t) => {
  const parents = groupParents(ownGroups()).filter((parent) => existsSync(join(parent, "cgroup.procs")));
  if (process.getuid?.() !== 0 || parents.length === 0) return t.skip("only root needs a group, where one can be made");
  const { run } = await openTestWorkspace(t);
  await run("true");
  const line = ownGroups()
    .split("\n")
    .find((group) => group.includes(`fettle-${process.pid}`));
  assert.ok(line, "our own process is in the group, so what it starts is too");
  const path = parents.map((parent) => join(parent, `fettle-${process.pid}`)).find((at) => existsSync(at));
  assert.equal(readFileSync(join(path ?? "", "pids.max"), "utf8"), "4096\n");
});
