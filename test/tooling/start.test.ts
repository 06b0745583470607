import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

/* bin/fettle, in a made-up clone whose main.ts prints how it was started. */

const launcher = join(import.meta.dirname, "../../bin/fettle");

type Result = { code: number; stdout: string; stderr: string };

const execute = (file: string, args: string[], options: { cwd: string; path?: string }): Promise<Result> =>
  new Promise((resolve) => {
    const env = { ...process.env, ...(options.path !== undefined && { PATH: options.path }) };
    execFile(file, args, { cwd: options.cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

/** The folder's name has a space, and a newline would not survive `$(…)`, so names with one are not promised. */
const makeClone = (t: TestContext): string => {
  const clone = join(realpathSync(mkdtempSync(join(tmpdir(), "fettle-start-"))), "my clone");
  t.after(() => rmSync(join(clone, ".."), { recursive: true }));
  mkdirSync(join(clone, "bin"), { recursive: true });
  mkdirSync(join(clone, "packages/cli/src"), { recursive: true });
  cpSync(launcher, join(clone, "bin/fettle"));
  writeFileSync(join(clone, "package.json"), '{ "type": "module" }');
  const main = `const seen: unknown = { args: process.argv.slice(2), cwd: process.cwd(), version: process.versions.node };
console.log(JSON.stringify(seen));`;
  writeFileSync(join(clone, "packages/cli/src/main.ts"), main);
  return clone;
};

const giveNode = (clone: string): void => {
  mkdirSync(join(clone, "node_modules/.bin"), { recursive: true });
  symlinkSync(process.execPath, join(clone, "node_modules/.bin/node"));
};

/** A folder to be the only one on PATH, with the tools the launcher may use and a `node` of the given version. */
const makePath = (clone: string, nodeVersion: string | null): string => {
  const folder = join(clone, "path");
  mkdirSync(folder);
  for (const tool of ["sh", "readlink"]) symlinkSync(`/bin/${tool}`, join(folder, tool));
  if (nodeVersion !== null) {
    const script = `#!/bin/sh\nif [ "$1" = -p ]; then echo ${nodeVersion}; else exec "${process.execPath}" "$@"; fi\n`;
    writeFileSync(join(folder, "node"), script);
    chmodSync(join(folder, "node"), 0o755);
  }
  return folder;
};

const awkward = ["exec", "two words", "", "-x", "*", "$HOME", "a\nb"];

test("start: arguments and folder arrive unchanged, also through relative and absolute links", async (t) => {
  const clone = makeClone(t);
  giveNode(clone);
  const elsewhere = join(clone, "else where");
  mkdirSync(elsewhere);
  symlinkSync("../bin/fettle", join(elsewhere, "relative"));
  symlinkSync(join(elsewhere, "relative"), join(elsewhere, "absolute"));
  symlinkSync("else where", join(clone, "linked folder"));
  const ways = ["bin/fettle", "else where/relative", "else where/absolute", "linked folder/relative"];
  for (const way of ways) {
    const { code, stdout, stderr } = await execute(join(clone, way), awkward, { cwd: elsewhere });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { args: awkward, cwd: elsewhere, version: process.versions.node });
  }
  const beside = await execute("/bin/sh", ["fettle"], { cwd: join(clone, "bin") });
  assert.equal(beside.code, 0, beside.stderr);
});

test("start: a link that leads to itself is said, not followed for ever", async (t) => {
  const clone = makeClone(t);
  // The kernel refuses to run such a link; a shell that is given it by name must not loop.
  const link = join(clone, "bin/loop");
  writeFileSync(link, "");
  cpSync(launcher, join(clone, "script"));
  rmSync(link);
  symlinkSync("loop", link);
  const result = await execute("/bin/sh", ["-c", `. "${join(clone, "script")}"`, link], { cwd: clone });
  assert.deepEqual(result, { code: 1, stdout: "", stderr: `fettle: too many symbolic links at ${link}\n` });
});

test("start: without dependencies it says what to run", async (t) => {
  const clone = makeClone(t);
  const result = await execute(join(clone, "bin/fettle"), [], { cwd: "/" });
  const stderr = `fettle: dependencies are missing: run "npm install" in ${clone}\n`;
  assert.deepEqual(result, { code: 1, stdout: "", stderr });
});

test("start: without a Node.js of its own it takes one from PATH that is new enough", async (t) => {
  const clone = makeClone(t);
  mkdirSync(join(clone, "node_modules"));
  const path = makePath(clone, "22.22.0");
  const { code, stdout } = await execute(join(clone, "bin/fettle"), ["x"], { cwd: clone, path });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout).args, ["x"]);
});

for (const version of ["22.21.9", "20.20.2", "8.0.0"]) {
  test(`start: Node.js ${version} on PATH is refused in one line`, async (t) => {
    const clone = makeClone(t);
    mkdirSync(join(clone, "node_modules"));
    const path = makePath(clone, version);
    const { code, stdout, stderr } = await execute(join(clone, "bin/fettle"), ["x"], { cwd: clone, path });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^fettle: Node\.js 22\.22 or newer is needed, this is [0-9.]+: .+\n$/);
  });
}

test("start: no Node.js at all is said in one line", async (t) => {
  const clone = makeClone(t);
  mkdirSync(join(clone, "node_modules"));
  const result = await execute(join(clone, "bin/fettle"), [], { cwd: clone, path: makePath(clone, null) });
  const stderr = "fettle: no Node.js found: install Node.js 22.22 or newer\n";
  assert.deepEqual(result, { code: 1, stdout: "", stderr });
});
