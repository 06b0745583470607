import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fettleProgram, makeRepository, runFettle, scratch } from "./support/fettle.ts";

type Found = { name: string; state: string; says: string; remedy?: string };

const scene = (files: Record<string, string> = {}, config = "") => {
  const { path, home } = scratch("doctor");
  mkdirSync(home, { recursive: true });
  if (config !== "") writeFileSync(join(home, "config.toml"), config);
  return { cwd: makeRepository(join(path, "work"), { "a.txt": "a\n", ...files }), home };
};

const look = async (at: { cwd: string; home: string }, env: Record<string, string> = {}) => {
  const { code, stdout } = await runFettle(["doctor", "--json"], { ...at, env });
  const all = JSON.parse(stdout) as Found[];
  return { code, of: (name: string) => all.filter((one) => one.name === name) };
};

test("where all is well it says so, and runs a command in the real sandbox", async () => {
  const at = scene();
  const { code, of } = await look(at);
  assert.equal(code, 0);
  assert.match(of("sandbox")[0]?.says ?? "", /^a command was run in it, in \d+ ms$/);
  assert.match(of("model")[0]?.says ?? "", /offline engine/);
  assert.match(of("folder")[0]?.says ?? "", /is a git repository$/);
  const { stdout } = await runFettle(["doctor"], at);
  assert.match(stdout, /^✓ sandbox /m);
});

test("what is broken is named with what to do, and the exit code says that something is", async () => {
  const wrong = scene({}, "model = [");
  const { code, of } = await look(wrong);
  assert.equal(code, 1);
  assert.equal(of("configuration")[0]?.state, "broken");
  assert.match(of("configuration")[0]?.says ?? "", /config\.toml/);
  const homeless = await look(scene(), { FETTLE_HOME: "/dev/null/state" });
  assert.equal(homeless.code, 1);
  assert.match(homeless.of("state")[0]?.remedy ?? "", /FETTLE_HOME/);
  assert.equal(homeless.of("sandbox").length, 0);
});

test("a model whose service does not answer is broken; a repository's settings that do not count are told", async () => {
  const away = `model = "m"\nmodel_provider = "near"\n[model_providers.near]\nname = "near"\nbase_url = "http://127.0.0.1:9/v1"\nwire_api = "chat"\n`;
  const { code, of } = await look(scene({ ".fettle/config.toml": 'sandbox_mode = "read-only"\n' }, away));
  assert.equal(code, 1);
  assert.deepEqual([of("model")[0]?.state, /^m of near: /.test(of("model")[0]?.says ?? "")], ["broken", true]);
  assert.match(of("trust")[0]?.says ?? "", /\.fettle\/config\.toml/);
});

test("where no sandbox can be made it says so, with the remedy", () => {
  const { cwd, home } = scene();
  // The system as it is, with a program that always fails in the place of bubblewrap.
  const masked = ["--dev-bind", "/", "/", "--ro-bind", "/bin/false", "/usr/bin/bwrap", "--", fettleProgram];
  const env = { PATH: "/usr/bin:/bin", HOME: home, FETTLE_HOME: home };
  const { status, stdout } = spawnSync("/usr/bin/bwrap", [...masked, "doctor", "--json"], {
    cwd,
    env,
    encoding: "utf8",
  });
  const found = (JSON.parse(stdout) as Found[]).find(({ name }) => name === "sandbox");
  assert.equal(status, 1);
  assert.equal(found?.state, "broken");
  assert.match(found?.says ?? "", /^commands cannot be confined: /);
  assert.ok(found?.remedy);
});
