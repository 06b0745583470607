import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

/* scripts/prepare.mjs, in a made-up clone without dependencies and with a PATH of stand-ins that record their calls. */

type Result = { code: number; stdout: string; stderr: string };
type Clone = { root: string; path: string; calls: () => string[] };

const makeClone = (t: TestContext): Clone => {
  const root = mkdtempSync(join(tmpdir(), "fettle-prepare-"));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "scripts"));
  cpSync(join(import.meta.dirname, "../../scripts/prepare.mjs"), join(root, "scripts/prepare.mjs"));
  writeFileSync(join(root, "package.json"), '{ "name": "x", "version": "1.0.0", "type": "module" }');
  writeLock(root, {});
  const path = join(root, "path");
  mkdirSync(path);
  symlinkSync("/bin/sh", join(path, "sh"));
  const calls = (): string[] => {
    const file = join(root, "calls");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  };
  return { root, path, calls };
};

type Locked = Record<string, { version: string; integrity: string; optional?: true }>;

const writeLock = (root: string, packages: Locked): void =>
  writeFileSync(
    join(root, "package-lock.json"),
    JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } }),
  );

const writeInstalled = (root: string, packages: Locked): void => {
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
};

/** A program on PATH that notes its call and then does `body`. */
const stand = ({ root, path }: Clone, name: string, body: string): void => {
  writeFileSync(join(path, name), `#!/bin/sh\necho "${name} $*" >> '${root}/calls'\n${body}\n`);
  chmodSync(join(path, name), 0o755);
};

const prepare = ({ root, path }: Clone, args: string[]): Promise<Result> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, "scripts/prepare.mjs"), ...args],
      { cwd: "/", env: { PATH: path, npm_package_name: "outer", npm_config_local_prefix: "/outer" } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const one: Locked = { "node_modules/one": { version: "1.0.0", integrity: "sha512-a" } };
const foreign: Locked = { "node_modules/foreign": { version: "1.0.0", integrity: "sha512-f", optional: true } };

test("prepare: nothing is installed when node_modules is what the lock says, whatever the times", async (t) => {
  const clone = makeClone(t);
  writeInstalled(clone.root, one);
  writeLock(clone.root, { ...one, ...foreign });
  assert.deepEqual(await prepare(clone, []), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(clone.calls(), []);
});

for (const [name, installed] of [
  ["missing", undefined],
  ["of another version", { "node_modules/one": { version: "0.9.0", integrity: "sha512-b" } }],
  ["incomplete", {}],
] as const) {
  test(`prepare: dependencies are installed in one line when they are ${name}`, async (t) => {
    const clone = makeClone(t);
    writeLock(clone.root, one);
    if (installed !== undefined) writeInstalled(clone.root, installed);
    stand(clone, "npm", "echo noise; echo warning >&2");
    const result = await prepare(clone, []);
    assert.deepEqual(result, { code: 0, stdout: "", stderr: "Installing dependencies (npm ci)…\n" });
    assert.deepEqual(clone.calls(), ["npm ci --no-audit --no-fund"]);
  });
}

test("prepare: a failed installation shows npm's words and stops", async (t) => {
  const clone = makeClone(t);
  stand(clone, "npm", "echo 'no network' >&2; exit 7");
  const { code, stdout, stderr } = await prepare(clone, ["never.ts"]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /\nno network\nnpm ci failed in .+\n$/);
});

const writeProbe = (root: string): void =>
  writeFileSync(
    join(root, "probe.ts"),
    `const seen: unknown = { args: process.argv.slice(2), name: process.env["npm_package_name"], prefix: process.env["npm_config_local_prefix"] };
console.log(JSON.stringify(seen));
process.exit(5);`,
  );

test("prepare: the script runs with its arguments, its exit code, and without npm's steering variables", async (t) => {
  const clone = makeClone(t);
  writeInstalled(clone.root, {});
  writeProbe(clone.root);
  mkdirSync(join(clone.root, "node_modules/.bin"));
  symlinkSync(process.execPath, join(clone.root, "node_modules/.bin/node"));
  const { code, stdout, stderr } = await prepare(clone, ["probe.ts", "a b", "--sandbox"]);
  assert.deepEqual({ code, stderr }, { code: 5, stderr: "" });
  assert.deepEqual(JSON.parse(stdout), { args: ["a b", "--sandbox"] });
});

const linux = process.platform === "linux" ? false : "bubblewrap is for Linux";

test("prepare: bubblewrap that is there is not installed", { skip: linux }, async (t) => {
  const clone = makeClone(t);
  writeInstalled(clone.root, {});
  stand(clone, "bwrap", "");
  stand(clone, "apt-get", "");
  assert.deepEqual(await prepare(clone, ["--sandbox"]), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(clone.calls(), []);
});

test("prepare: missing bubblewrap is installed, after an update when the list of packages is empty", {
  skip: linux,
}, async (t) => {
  const clone = makeClone(t);
  writeInstalled(clone.root, {});
  stand(
    clone,
    "apt-get",
    `case "$1" in update) : > '${clone.root}/updated' ;; *) [ -e '${clone.root}/updated' ] ;; esac`,
  );
  stand(clone, "sudo", 'shift; [ "$1" = true ] || exec "$@"');
  const { code, stderr } = await prepare(clone, ["--sandbox"]);
  assert.equal(code, 0);
  assert.equal(
    stderr,
    "Installing bubblewrap, which confines the commands the agent runs (apt-get install bubblewrap)…\n",
  );
  const install = "apt-get install -y --no-install-recommends bubblewrap";
  const apt = clone.calls().filter((call) => call.startsWith("apt-get"));
  assert.deepEqual(apt, [install, "apt-get update", install]);
});

test("prepare: where bubblewrap cannot be installed, it says the remedy and goes on", { skip: linux }, async (t) => {
  const clone = makeClone(t);
  writeInstalled(clone.root, {});
  const { code, stderr } = await prepare(clone, ["--sandbox"]);
  assert.equal(code, 0);
  assert.match(stderr, /^bubblewrap is missing, .+apt-get install bubblewrap\)\.\n$/);
});
