import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openWorkspace } from "../../src/open-workspace.ts";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

// The folders themselves that commands may write to, moved by other commands.

test("a folder that may be written besides, deep in the workspace, stays the folder that it was", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, (at) => {
    mkdirSync(join(at, "a/build"), { recursive: true });
    writeFileSync(join(at, "../outside/secret"), "KEY");
  });
  const policy = policyOf({ writableRoots: [join(root, "a/build")] });
  await run(`mv a b; rm -rf a; mkdir -p a; ln -s ${outside} a/build`, { policy });
  const { output } = await run(`cat ${outside}/secret; echo x > ${outside}/written; echo y > a/build/fine`, { policy });
  assert.doesNotMatch(output, /KEY/);
  assert.deepEqual(readdirSync(outside), ["secret"]);
  assert.equal(readFileSync(join(root, "a/build/fine"), "utf8"), "y\n");
});

test("what came in its place meanwhile is not taken for it", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, (at) => mkdirSync(join(at, "../more")));
  const more = join(root, "../more");
  const policy = policyOf({ writableRoots: [more] });
  await run("true", { policy });
  renameSync(more, `${more}-before`);
  symlinkSync(outside, more);
  await assert.rejects(run("true", { policy }), /is not the folder any more that it was/);
});

test("nor is a link that a command put where one was still to be made", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t);
  const policy = policyOf({ writableRoots: [join(root, "a/build")] });
  await run(`mkdir a; ln -s ${outside} a/build`, { policy });
  await assert.rejects(run("true", { policy }), /is not the folder any more that it was/);
  await run("rm a/build; mkdir a/build");
  assert.equal((await run("echo x > a/build/fine; cat a/build/fine", { policy })).output, "x\n");
});

test("a command in a folder around the workspace cannot lead another thread's sandbox elsewhere", {
  timeout: 120_000,
}, async (t) => {
  if (process.arch !== "x64") return t.skip("the number of the system call is that of x64");
  const { workspace, root, outside, stateDir } = await openTestWorkspace(t, (at) => {
    mkdirSync(join(at, "sub"));
    writeFileSync(join(at, "../outside/secret"), "KEY");
  });
  const inner = await openWorkspace({ root: join(root, "sub"), stateDir, threadId: "inner" });
  t.after(() => inner.close());
  const exchange = `perl -e 'my ($a, $b) = ("sub\\0", "flip\\0"); while (1) { syscall(316, -100, $a, -100, $b, 2); select(undef, undef, undef, 0.0003) }'`;
  const script = `ln -s ${outside} flip; echo up; ${exchange}`;
  const racing = await workspace.start({ script, cwd: root, policy: policyOf() });
  assert.ok(racing.ok);
  await new Promise<void>((resolve) => racing.command.onOutput(() => resolve()));
  for (let round = 0; round < 150; round += 1) {
    const started = await inner.start({
      script: `cat ${outside}/secret; echo x > ${outside}/written`,
      cwd: inner.root,
      policy: policyOf(),
    });
    if (!started.ok) continue;
    let output = "";
    started.command.onOutput((chunk) => {
      output += chunk.toString();
    });
    await started.command.exited;
    assert.doesNotMatch(output, /KEY/);
  }
  await racing.command.kill({ graceMs: 0 });
  await inner.close();
  // bubblewrap makes empty folders to mount on before anybody can look; nothing is ever run there.
  const left = readdirSync(outside).filter((name) => name !== "secret");
  assert.deepEqual(
    left.flatMap((name) => readdirSync(join(outside, name))),
    [],
  );
});
