import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { startScriptedModel } from "../../packages/agent/test/support/scripted-model.ts";

/* The package that is published: built, packed and installed as a user would, then run by this and by an old Node.js. */

const root = join(import.meta.dirname, "../..");

type Result = { code: number; stdout: string; stderr: string };

const execute = (file: string, args: string[], env: NodeJS.ProcessEnv = process.env, cwd = root): Promise<Result> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const succeed = async (file: string, args: string[], env?: NodeJS.ProcessEnv, cwd?: string): Promise<string> => {
  const { code, stdout, stderr } = await execute(file, args, env, cwd);
  assert.equal(code, 0, `${file} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
};

/** The first Node.js on PATH that is too old for the program. */
const findOldNode = async (): Promise<{ path: string; version: string } | undefined> => {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, "node");
    if (!existsSync(path)) continue;
    const version = (await execute(path, ["-p", "process.versions.node"])).stdout.trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major < 22 || (major === 22 && minor < 22)) return { path, version };
  }
  return undefined;
};

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const folder = mkdtempSync(join(tmpdir(), "fettle-build-"));
const dist = join(folder, "dist");
const prefix = join(folder, "prefix");
const installed = join(prefix, "lib/node_modules/fettle");
const fettle = join(prefix, "bin/fettle");
/** This Node.js first; and a HOME of its own: npm's cache and the compile cache stay in the test's folder. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  HOME: join(folder, "home"),
  XDG_CACHE_HOME: join(folder, "cache"),
};

before(async () => {
  await succeed(process.execPath, [join(root, "scripts/build.ts"), "--out", dist]);
  await succeed("npm", ["pack", "--pack-destination", folder], env, dist);
  await succeed(
    "npm",
    ["install", "--global", "--offline", "--prefix", prefix, join(folder, `fettle-${version}.tgz`)],
    env,
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("package: no dependencies, no scripts, a few megabytes, licences of what is inside", () => {
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Record<string, unknown>;
  assert.deepEqual(Object.keys(manifest).sort(), [
    "bin",
    "description",
    "engines",
    "files",
    "license",
    "name",
    "type",
    "version",
  ]);
  assert.deepEqual(readdirSync(installed).sort(), [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "THIRD-PARTY.txt",
    "bin",
    "docs",
    "lib",
    "package.json",
  ]);
  const links = [...readFileSync(join(installed, "README.md"), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)];
  assert.ok(links.length > 5);
  for (const [, path = ""] of links) assert.ok(existsSync(join(installed, path)), `README.md points to ${path}`);
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  assert.ok(bytes < 8e6, `${bytes} bytes`);
  assert.deepEqual(
    files.filter(({ name }) => name.endsWith(".map") || name.endsWith(".ts")),
    [],
  );
  const licences = readFileSync(join(installed, "THIRD-PARTY.txt"), "utf8");
  for (const name of ["zod", "unbash", "@stryker-mutator/instrumenter", "@babel/core"]) {
    assert.match(licences, new RegExp(`^${name} [0-9.]+ \\(.+\\)\\n\\n.*(MIT|Apache|Copyright)`, "ms"));
  }
});

test("package: fettle --version and --help", async () => {
  for (const flag of ["--version", "-V"]) {
    assert.deepEqual(await execute(fettle, [flag], env), { code: 0, stdout: `fettle ${version}\n`, stderr: "" });
  }
  const help = await execute(fettle, ["--help"], env);
  assert.deepEqual({ code: help.code, stderr: help.stderr }, { code: 0, stderr: "" });
  assert.match(help.stdout, /fettle exec/);
});

test("package: an unknown command is one line and exit code 2", async () => {
  const { code, stdout, stderr } = await execute(fettle, ["no-such-command"], env);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /^fettle: [^\n]+\n$/);
});

test("package: it runs the same when its cache cannot be written", async () => {
  const { code, stdout } = await execute(fettle, ["exec", "--help"], { ...env, XDG_CACHE_HOME: "/dev/null/nowhere" });
  assert.equal(code, 0);
  assert.match(stdout, /--sandbox/);
});

test("package: the search program is in it and starts", async () => {
  const { stderr } = await execute(process.execPath, [join(installed, "lib/offline-search.mjs"), "--help"], env);
  assert.doesNotMatch(stderr, /Cannot find|ERR_MODULE_NOT_FOUND|SyntaxError|ENOENT/);
});

test("package: the browser says what is to be installed, and finds it there", async (t) => {
  const step = { calls: [{ name: "browser", arguments: { action: "open", url: "http://localhost/" } }] };
  const server = await startScriptedModel({ steps: [step, { text: "done" }, step, { text: "done" }] });
  t.after(() => server.close());
  const options = [
    "-c",
    `openai_base_url=${server.baseUrl}`,
    "-c",
    "network.allow=[]",
    "-c",
    'web.browser="/usr/bin/false"',
  ];
  const work = mkdtempSync(join(folder, "work-"));
  const run = async (): Promise<string> => {
    const args = ["exec", ...options, "-m", "gpt-5", "--json", "--skip-git-repo-check", "go"];
    const { code, stdout, stderr } = await execute(fettle, args, { ...env, OPENAI_API_KEY: "dummy" }, work);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const agent = JSON.parse(readFileSync(join(root, "packages/agent/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const wanted = `playwright-core@${agent.dependencies["playwright-core"]}`;
  assert.ok((await run()).includes(`playwright-core is not installed. Remedy: npm install --global ${wanted}`));
  assert.ok(readFileSync(join(root, "docs/web.md"), "utf8").includes(`npm install --global ${wanted}\n`));
  // Where npm puts it.
  symlinkSync(join(root, "node_modules/playwright-core"), join(prefix, "lib/node_modules/playwright-core"));
  assert.match(await run(), /"error":"\/usr\/bin\/false did not start: /);
});

test("package: a Node.js that is too old is told in one line", async (t) => {
  const old = await findOldNode();
  if (old === undefined) {
    t.skip("no Node.js older than 22.22 on PATH");
    return;
  }
  for (const args of [["--version"], ["exec", "x"]]) {
    const { code, stdout, stderr } = await execute(old.path, [fettle, ...args], env);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^fettle: Node\.js 22\.22 or newer is needed, this is [0-9.]+: [^\n]+\n$/);
  }
});

test("build: a folder with other content is not touched", async () => {
  const { code, stderr } = await execute(process.execPath, [join(root, "scripts/build.ts"), "--out", folder]);
  assert.equal(code, 1);
  assert.match(stderr, /holds something else/);
  assert.ok(existsSync(dist));
});
