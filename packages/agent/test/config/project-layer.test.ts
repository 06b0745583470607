import assert from "node:assert/strict";
import { test } from "node:test";
import { layProjectOver } from "../../src/config/project-layer.ts";
import { validateConfig } from "../../src/config/validate.ts";

type Table = Record<string, unknown>;
const lay = (user: Table, project: Table, given: Table = {}) => {
  const limits = validateConfig({ ...user, ...given });
  assert.ok(limits.ok);
  const { table, refused } = layProjectOver(user, project, { limits: limits.config, root: "/work/here" });
  return { table, refused: refused.map(({ key }) => key) };
};

test("a project's settings come over the user's, table by table", () => {
  const user = { model: "a", sandbox_workspace_write: { network_access: true, writable_roots: ["/u"] } };
  const project = { model: "b", sandbox_workspace_write: { network_access: false } };
  assert.deepEqual(lay(user, project), {
    table: { model: "b", sandbox_workspace_write: { network_access: false, writable_roots: ["/u"] } },
    refused: [],
  });
});

test("what decides where keys go, who answers and what secrets are is the user's alone", () => {
  const project = {
    model_providers: { openai: { base_url: "http://x" } },
    openai_base_url: "http://x",
    secrets: ["AWS_SECRET_ACCESS_KEY"],
    projects: { "/": { autonomy: "full" } },
    approvals: { reviewer_model: "x" },
    web: { browser: true },
    terminal: { keys: { submit: "ctrl-c" } },
    sandbox_mode: "danger-full-access",
  };
  const user = { secrets: ["NPM_TOKEN"] };
  assert.deepEqual(lay(user, project), { table: user, refused: Object.keys(project) });
});

test("hosts add up: nothing that the user denied is lost, and the user's methods stand", () => {
  const user = { network: { allow: ["a.org"], deny: ["bad.org"], methods: ["GET"] } };
  const project = { network: { allow: ["b.org", "a.org"], deny: [], methods: ["GET", "POST"] } };
  assert.deepEqual(lay(user, project).table, {
    network: { allow: ["a.org", "b.org"], deny: ["bad.org"], methods: ["GET"] },
  });
  assert.deepEqual(lay({}, project).table, project);
});

test("a project may lower the level, never raise it above the user's own", () => {
  const level = (user: Table, autonomy: string, given: Table = {}) => lay(user, { autonomy }, given).refused;
  assert.deepEqual(level({}, "run"), []);
  assert.deepEqual(level({}, "trusted"), ["autonomy"]);
  assert.deepEqual(level({ autonomy: "trusted" }, "trusted"), []);
  assert.deepEqual(level({ autonomy: "edit" }, "run"), ["autonomy"]);
  assert.deepEqual(level({ autonomy: "full" }, "suggest"), []);
  assert.deepEqual(level({ approval_policy: "untrusted" }, "run"), ["autonomy"]);
  assert.deepEqual(level({}, "run", { approval_policy: "untrusted" }), ["autonomy"], "options limit it too");
  assert.deepEqual(level({ autonomy: "full", projects: { "/work/here": { autonomy: "suggest" } } }, "edit"), [
    "autonomy",
  ]);
  assert.deepEqual(level({ projects: { "/work": { autonomy: "edit" } } }, "run"), ["autonomy"], "of a folder above");
  assert.deepEqual(level({ sandbox_mode: "danger-full-access" }, "full"), []);
  assert.deepEqual(lay({}, { autonomy_for: [{ level: "suggest" }, { level: "full" }] }).refused, ["autonomy_for"]);
  assert.deepEqual(lay({ autonomy_for: [{ level: "edit" }] }, { autonomy_for: [{ level: "suggest" }] }).table, {
    autonomy_for: [{ level: "edit" }, { level: "suggest" }],
  });
});

test("an approval policy of the user's is only made stricter", () => {
  assert.deepEqual(lay({ approval_policy: "never" }, { approval_policy: "on-request" }).refused, ["approval_policy"]);
  assert.deepEqual(lay({ approval_policy: "never" }, { approval_policy: "untrusted" }).refused, []);
  assert.deepEqual(lay({}, { approval_policy: "on-request" }).refused, []);
});

test("folders of the machine and files of credentials are no project's to name", () => {
  const user = { sandbox_workspace_write: { writable_roots: ["/u"] } };
  assert.deepEqual(lay(user, { sandbox_workspace_write: { writable_roots: ["/"], network_access: true } }), {
    table: { sandbox_workspace_write: { writable_roots: ["/u"], network_access: true } },
    refused: ["sandbox_workspace_write.writable_roots"],
  });
  const names = (...project_doc_fallback_filenames: string[]) => lay({}, { project_doc_fallback_filenames }).refused;
  assert.deepEqual(names("GEMINI.md", ".rules"), []);
  for (const bad of [".env", ".env.local", "../notes.md", "a/b.md"])
    assert.deepEqual(names("A.md", bad), ["project_doc_fallback_filenames"]);
});
