import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openWorkspace } from "../../src/open-workspace.ts";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];

const git = (cwd: string, ...args: string[]): void => void execFileSync("git", [...identity, ...args], { cwd });

test("a .env that git has as it is can be read; a command cannot make git have it", async (t) => {
  const { root, stateDir, run } = await openTestWorkspace(t, (at) => {
    git(at, "init", "-q");
    mkdirSync(join(at, "shared"));
    writeFileSync(join(at, "shared/.env"), "tracked\n");
    git(at, "add", "shared/.env");
    git(at, "commit", "-qm", "first");
    writeFileSync(join(at, ".env"), "SECRET\n");
  });
  const forge =
    "git update-index --add --cacheinfo 100644,$(git rev-parse HEAD:shared/.env),.env && git -c user.name=T -c user.email=t@example.org commit -qm forged; cat .env shared/.env";
  assert.equal((await run(forge)).output, "tracked\n");
  const later = await openWorkspace({ root, stateDir, threadId: "later" });
  t.after(() => later.close());
  const started = await later.start({ script: "git ls-files; cat .env shared/.env", cwd: root, policy: policyOf() });
  assert.ok(started.ok);
  let output = "";
  started.command.onOutput((chunk) => {
    output += Buffer.from(chunk).toString();
  });
  await started.command.exited;
  assert.equal(output, ".env\nshared/.env\ntracked\n");
});

test("targets of links, .envrc, packages' own and what the user makes meanwhile are concealed too", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at) => {
    mkdirSync(join(at, "node_modules/p"), { recursive: true });
    for (const name of [".real", ".envrc", "node_modules/p/.env"]) writeFileSync(join(at, name), "SECRET\n");
    symlinkSync(".real", join(at, ".env"));
  });
  const look = "cat .env .real .envrc node_modules/p/.env later/.env 2>/dev/null; true";
  assert.equal((await run(look)).output, "");
  assert.equal((await run(look, { readOnly: true })).output, "");
  await run("rm .env; mkdir later");
  writeFileSync(join(root, "later/.env"), "SECRET\n");
  assert.equal((await run(look)).output, "");
  await run("chmod 000 later; echo mine > .env.local");
  assert.equal((await run(`chmod 755 later; ${look}; cat .env.local`)).output, "mine\n");
  assert.equal(readFileSync(join(root, "later/.env"), "utf8"), "SECRET\n");
});

test("a listener of the host's that comes to the tree meanwhile is out of reach, wherever it is", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at) =>
    mkdirSync(join(at, "node_modules/p/deep"), { recursive: true }),
  );
  // A clone below /tmp has its Node.js there too.
  const policy = policyOf({ readableRoots: [dirname(process.execPath)] });
  await run("true");
  for (const name of ["late.sock", "node_modules/p/deep/late.sock"]) {
    const server = createServer((socket) => socket.end("reached"));
    await new Promise<void>((resolve) => server.listen(join(root, name), resolve));
    t.after(() => server.close());
    const connect = `${process.execPath} -e 'require("net").connect("${name}").on("data", (d) => console.log(d + "")).on("error", (e) => console.log(e.syscall))'`;
    for (const readOnly of [true, false]) assert.equal((await run(connect, { readOnly, policy })).output, "connect\n");
  }
  for (const script of ["mv node_modules/p/deep elsewhere", "mv late.sock other.sock"])
    assert.notEqual((await run(script)).code, 0);
});
