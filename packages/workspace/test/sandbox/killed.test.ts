import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openTestWorkspace, policyOf, type TestWorkspace } from "./test-workspace.ts";

// What a command has planted when the process that would have looked at it was killed.

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
    cwd,
    encoding: "utf8",
  });

const hook = "#!/bin/sh\nexit 0\n";

const prepare = (root: string): void => {
  for (const folder of [root, join(root, "users")]) {
    mkdirSync(folder, { recursive: true });
    git(folder, "init", "-q");
    mkdirSync(join(folder, ".git/hooks"), { recursive: true });
    writeFileSync(join(folder, ".git/hooks/pre-commit"), hook, { mode: 0o755 });
    git(folder, "commit", "--allow-empty", "-qm", "first");
  }
};

/** Runs the command in a process of its own, which gets the signal once the command has made the file `ready`. */
const runAndEnd = async (t: TestContext, { root, stateDir }: TestWorkspace, script: string, signal: NodeJS.Signals) => {
  const ready = new Promise<void>((resolve) => {
    const watcher = watch(root, (_, name) => name === "ready" && resolve());
    t.after(() => watcher.close());
  });
  const program = join(import.meta.dirname, "../process/run-and-wait.ts");
  // An end that the process still notices is one with an exit.
  const exits = 'data:text/javascript,process.once("SIGTERM", () => process.exit())';
  const child = spawn(
    process.execPath,
    ["--import", exits, program, root, stateDir, `${script}; : > ready; exec sleep 1000`],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await ready;
  child.kill(signal);
  await ended;
};

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  test(`after ${signal} the next command is not run before what was planted is put aside`, async (t) => {
    const at = await openTestWorkspace(t, prepare);
    const { root, outside, run } = at;
    await runAndEnd(
      t,
      at,
      `git init -q n; git -C n config core.fsmonitor 'echo x >> ${outside}/proof; false'; : > .cursorrules; git -C users commit --allow-empty -qm inside`,
      signal,
    );
    // Meanwhile the user goes on with what is theirs.
    git(root, "config", "alias.x", "!true");
    writeFileSync(join(root, ".git/hooks/post-commit"), hook, { mode: 0o755 });
    const { notices } = await run("ls n/.git/config; git -C n status", { readOnly: true });
    assert.match(notices.join("\n"), /planted \.cursorrules/);
    assert.match(notices.join("\n"), /n\/\.git\/config \(core\.fsmonitor\).* \(by a run that was killed\)/);
    git(join(root, "n"), "init", "-q");
    git(join(root, "n"), "status");
    assert.equal(existsSync(join(outside, "proof")), false);
    assert.equal(git(root, "config", "alias.x"), "!true\n");
    assert.deepEqual(
      readdirSync(join(root, ".git/hooks"))
        .filter((name) => !name.endsWith(".sample"))
        .sort(),
      ["post-commit", "pre-commit"],
    );
    assert.equal(readFileSync(join(root, "users/.git/hooks/pre-commit"), "utf8"), hook);
    assert.deepEqual((await run("true")).notices, []);
    assert.deepEqual(readdirSync(join(at.stateDir, "uninspected")), []);
  });
}

test("a run in a folder inside or around looks at it too, one elsewhere leaves it to them", async (t) => {
  const at = await openTestWorkspace(t, prepare);
  const { root, outside, run } = at;
  await runAndEnd(t, at, "mkdir -p sub; git init -q sub/n; git -C sub/n config core.fsmonitor x", "SIGKILL");
  const { openWorkspace } = await import("../../src/open-workspace.ts");
  const notices: string[][] = [];
  for (const folder of [outside, join(root, "sub")]) {
    const workspace = await openWorkspace({ root: folder, stateDir: at.stateDir, threadId: folder });
    t.after(() => workspace.close());
    const started = await workspace.start({ script: "true", cwd: folder, policy: policyOf() });
    assert.ok(started.ok);
    notices.push([...(await started.command.exited).notices]);
  }
  assert.deepEqual(notices[0], []);
  assert.match(notices[1]?.join("\n") ?? "", /sub\/n\/\.git\/config/);
  assert.deepEqual((await run("true")).notices, []);
});

test("what keeps places stays for as long as commands of another process write there", async (t) => {
  const { root, stateDir, workspace } = await openTestWorkspace(t);
  const { openWorkspace } = await import("../../src/open-workspace.ts");
  const other = await openWorkspace({ root, stateDir, threadId: "other" });
  const waiting = { cwd: root, policy: policyOf(), stdin: true };
  const first = await other.start({ ...waiting, script: "read -r line" });
  const plant =
    "read -r line; git init -q .; git config core.fsmonitor x; for d in .vscode .claude; do mkdir $d; echo x > $d/tasks.json; done";
  const second = await workspace.start({ ...waiting, script: plant });
  assert.ok(first.ok && second.ok);
  first.command.endInput();
  await first.command.exited;
  await other.close();
  second.command.endInput();
  await second.command.exited;
  assert.deepEqual(readdirSync(join(root, ".git")), []);
  await workspace.close();
  assert.deepEqual(readdirSync(root), []);
  assert.deepEqual(readdirSync(join(stateDir, "sandbox")), []);
});
