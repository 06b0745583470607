import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openPlan, PlanError } from "../../src/goal/plan-file.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const text = "- [ ] one\n- [ ] two\n";
const tick = { done: new Map([["one\n1", true]]), questions: new Map<string, string>(), answer: null };

const setUp = (t: TestContext) => {
  const folder = join(temporaryFolder(t), "plans");
  mkdirSync(folder);
  const path = join(folder, "PLAN.md");
  writeFileSync(path, text);
  return { folder, path };
};
const saying = (words: RegExp) => (error: unknown) => error instanceof PlanError && words.test(error.message);

test("a plan keeps its mode and its links, and no draft stays", (t) => {
  const { folder, path } = setUp(t);
  chmodSync(path, 0o640);
  const link = join(folder, "link.md");
  symlinkSync("PLAN.md", link);
  const plan = openPlan(link);
  assert.equal(plan.path, path);
  plan.change(tick);
  assert.equal(readFileSync(link, "utf8"), "- [x] one\n- [ ] two\n");
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(folder).sort(), ["PLAN.md", "link.md"]);
});

test("what is not changed is not written", (t) => {
  const { path } = setUp(t);
  const plan = openPlan(path);
  const before = statSync(path).ino;
  plan.change({
    ...tick,
    done: new Map([
      ["one\n1", false],
      ["gone\n1", true],
    ]),
  });
  assert.equal(statSync(path).ino, before);
});

test("a link that came into its place leads nowhere", (t) => {
  const { folder, path } = setUp(t);
  const elsewhere = join(folder, "..", "elsewhere");
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "PLAN.md"), text);
  const plan = openPlan(path);
  rmSync(path);
  symlinkSync(join(elsewhere, "PLAN.md"), path);
  assert.throws(() => plan.change(tick), saying(/ELOOP/));
  renameSync(folder, `${folder}-away`);
  symlinkSync(elsewhere, folder);
  assert.throws(() => plan.change(tick), saying(/a folder on the way was exchanged/));
  assert.equal(readFileSync(join(elsewhere, "PLAN.md"), "utf8"), text);
});

test("what is no text file of a plan's size is refused, and never waited for", (t) => {
  const { folder, path } = setUp(t);
  const pipe = join(folder, "pipe.md");
  execFileSync("mkfifo", [pipe]);
  assert.throws(() => openPlan(pipe), saying(/not a regular file/));
  assert.throws(() => openPlan(folder), saying(/not a regular file/));
  writeFileSync(path, `${text}${"x".repeat(300_000)}`);
  assert.throws(() => openPlan(path), saying(/larger than 256 KiB/));
  writeFileSync(path, Buffer.from([0x2d, 0x20, 0x5b, 0xff]));
  assert.throws(() => openPlan(path), saying(/not text/));
  writeFileSync(path, "- [ ] step\n".repeat(201));
  assert.throws(() => openPlan(path), saying(/has 201 steps; 200 are the most/));
});
