import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { autonomySettings, levelFor, withThreadLevel } from "../../src/approvals/autonomy.ts";
import type { Config } from "../../src/config/schema.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const level = (config: Config, options: Partial<Parameters<typeof autonomySettings>[1]> = {}) =>
  autonomySettings(config, { root: "/home/me/work/app", ...options }).level;

test("where a level comes from: options, repository, configuration, the names of other programs, the default", () => {
  assert.equal(level({}), "run");
  assert.equal(level({ approval_policy: "untrusted" }), "edit");
  for (const policy of ["never", "on-request", "on-failure"] as const)
    assert.equal(level({ approval_policy: policy }), "run");
  assert.equal(level({ autonomy: "trusted", approval_policy: "untrusted" }), "trusted");
  const projects = { "/home/me/work": { autonomy: "suggest" }, "/home/me/wor": { autonomy: "full" } } as const;
  assert.equal(level({ autonomy: "trusted", projects }), "suggest");
  assert.equal(level({ projects: { ...projects, "/home/me/work/app": { autonomy: "edit" } } }), "edit");
  assert.equal(level({ projects }, { level: "full" }), "full");
});

test("full access is a level; naming the sandbox takes it back", () => {
  assert.equal(level({ sandbox_mode: "danger-full-access" }), "full");
  assert.equal(level({ sandbox_mode: "danger-full-access", autonomy: "edit" }), "edit");
  assert.equal(level({ autonomy: "suggest" }, { sandbox: "danger-full-access" }), "full");
  assert.equal(level({ sandbox_mode: "danger-full-access" }, { sandbox: "workspace-write" }), "run");
  assert.equal(level({ autonomy: "full" }, { sandbox: "workspace-write" }), "run");
  assert.equal(level({ autonomy: "full" }, { sandbox: "workspace-write", level: "full" }), "full");
});

const root = "/nowhere/app";
const config: Config = {
  autonomy: "edit",
  autonomy_for: [
    { paths: ["docs/**"], level: "trusted" },
    { paths: ["docs/legal/**"], kinds: ["patch"], level: "suggest" },
    { kinds: ["network"], level: "full" },
  ],
};

test("entries hold for the paths and kinds they name; the strictest of several counts", () => {
  const settings = autonomySettings(config, { root });
  const at = (kind: "patch" | "command" | "network", place: string | null) => levelFor(settings, kind, place).level;
  assert.equal(at("patch", `${root}/src/a.ts`), "edit");
  assert.equal(at("patch", `${root}/docs/a.md`), "trusted");
  assert.equal(at("patch", `${root}/docs/legal/a.md`), "suggest");
  assert.equal(at("patch", `${root}/../docs/a.md`), "edit");
  assert.equal(at("command", `${root}/docs/legal/`), "trusted");
  assert.equal(at("command", `${root}/docs/`), "trusted");
  assert.equal(at("command", `${root}/`), "edit");
  assert.equal(at("network", null), "full");
  assert.match(levelFor(settings, "patch", `${root}/docs/legal/a.md`).why, /autonomy_for docs\/legal/);
});

test("a level given for the run or thread is only made stricter by entries", () => {
  for (const settings of [
    autonomySettings(config, { root, level: "run" }),
    withThreadLevel(autonomySettings(config, { root }), "run"),
  ]) {
    assert.equal(levelFor(settings, "patch", `${root}/docs/a.md`).level, "run");
    assert.equal(levelFor(settings, "patch", `${root}/docs/legal/a.md`).level, "suggest");
    assert.equal(levelFor(settings, "network", null).level, "run");
  }
});

test("a link does not lend the level of the place it stands in", (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "src"));
  mkdirSync(join(folder, "docs"));
  symlinkSync("../src", join(folder, "docs/link"));
  const settings = autonomySettings(config, { root: folder });
  assert.equal(levelFor(settings, "patch", join(folder, "docs/link/new/a.ts")).level, "edit");
  assert.equal(levelFor(settings, "patch", join(folder, "docs/new/a.md")).level, "trusted");
});
