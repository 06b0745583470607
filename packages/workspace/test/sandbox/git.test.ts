import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
    cwd,
    encoding: "utf8",
  });

const makeRepository = (root: string): void => {
  git(root, "init", "-q");
  git(root, "config", "user.name", "Test");
  git(root, "config", "user.email", "test@example.org");
  writeFileSync(join(root, "a"), "1\n");
  git(root, "add", "a");
  git(root, "commit", "-qm", "first");
};

test("commit, branch, stash and rebase work inside", async (t) => {
  const { workspace, root, run } = await openTestWorkspace(t, makeRepository);
  const { output, code } = await run(
    "echo 2 > a && git commit -qam second && git switch -qc topic && echo 3 > a && git stash -q && git stash pop -q && git commit -qam third && git rebase -q HEAD~1 && git status --short",
  );
  assert.deepEqual([code, output], [0, ""]);
  assert.equal(git(root, "log", "--format=%s"), "third\nsecond\nfirst\n");
  assert.equal(git(root, "status", "--short"), "");
  await workspace.close();
  assert.equal(existsSync(join(root, ".git/commondir")), false);
});

test("nothing that git would run can be planted", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at) => {
    makeRepository(at);
    mkdirSync(join(at, "nested"));
    makeRepository(join(at, "nested"));
  });
  const config = readFileSync(join(root, ".git/config"), "utf8");
  const proof = join(root, "ran");
  await run(`cat > evil <<'EOF'
#!/bin/sh
touch ${proof}
EOF
chmod +x evil
for repository in .git nested/.git; do
  mkdir -p $repository/hooks
  for hook in pre-commit post-commit post-checkout reference-transaction post-index-change; do cp evil $repository/hooks/$hook; done
  git config --file $repository/config core.fsmonitor ${root}/evil
  printf '[core]\\n\\tfsmonitor = ${root}/evil\\n' >> $repository/config
  printf '[core]\\n\\tfsmonitor = ${root}/evil\\n' > $repository/config.worktree
  mkdir -p fake; cp -r $repository/objects $repository/refs $repository/HEAD fake/
  printf '[core]\\n\\tfsmonitor = ${root}/evil\\n\\trepositoryformatversion = 0\\n' > fake/config
  echo ${root}/fake > $repository/commondir
  mkdir -p $repository/modules/x; cp -r fake/* $repository/modules/x/
  rm -rf $repository/hooks $repository/info; mkdir $repository/hooks && cp evil $repository/hooks/post-index-change
done
mv .git gone; mv nested elsewhere; mv nested/.git nested/gone
rmdir .git; rm -f .git; echo 'gitdir: ${root}/fake' > .git
`);
  assert.equal(existsSync(proof), false, "it ran inside already");
  for (const at of [root, join(root, "nested")]) {
    git(at, "status");
    git(at, "commit", "--allow-empty", "-qm", "from the host");
  }
  assert.equal(existsSync(proof), false);
  assert.equal(readFileSync(join(root, ".git/config"), "utf8"), config);
});

test("without a repository none can be planted at the root", async (t) => {
  const { workspace, root, run } = await openTestWorkspace(t);
  await run("git init -q .; mkdir -p .git/hooks; rmdir .git; echo 'gitdir: x' > .git");
  await workspace.close();
  assert.deepEqual(readdirSync(root), []);
});

test("what keeps the place of a repository protects it beside and right after other commands too", async (t) => {
  const { workspace, root, run } = await openTestWorkspace(t);
  const plant =
    "git init -q .; mkdir -p .git/hooks; echo evil > .git/config; echo evil > .git/hooks/post-checkout; true";
  const waiting = await workspace.start({ script: "read -r line", cwd: root, policy: policyOf(), stdin: true });
  assert.ok(waiting.ok);
  await run(plant);
  waiting.command.endInput();
  await waiting.command.exited;
  await run(plant);
  await run(plant);
  await workspace.close();
  assert.deepEqual(readdirSync(root), []);
});

test("an empty .git, as another process's place, cannot become a repository", async (t) => {
  const { workspace, root, run } = await openTestWorkspace(t, (at) => mkdirSync(join(at, ".git")));
  await run("git init -q .; mkdir -p .git/hooks; echo evil > .git/config; mv .git x; rmdir .git; true");
  await workspace.close();
  assert.deepEqual([readdirSync(root), readdirSync(join(root, ".git"))], [[".git"], []]);
});

test("a repository that a person makes meanwhile is theirs", async (t) => {
  const { workspace, root, run } = await openTestWorkspace(t);
  await run("true");
  rmSync(join(root, ".git"), { recursive: true, force: true });
  makeRepository(root);
  const { output } = await run("echo 2 > a; git commit -qam inside; echo evil >> .git/config; git log --format=%s");
  assert.match(output, /^inside\nfirst$/m);
  await workspace.close();
  assert.doesNotMatch(readFileSync(join(root, ".git/config"), "utf8"), /evil/);
});

test("configuration of agents and editors cannot be planted or changed", async (t) => {
  const { workspace, root, run } = await openTestWorkspace(t, (at) => {
    mkdirSync(join(at, ".vscode"));
    writeFileSync(join(at, ".vscode/settings.json"), "{}");
  });
  await run(
    "for d in .vscode .fettle .claude .idea .agents; do mkdir -p $d; echo evil > $d/settings.json; rm -rf $d; mv $d x; chmod 777 $d; echo evil > $d/new; done; echo evil > .mcp.json; echo fine > code",
  );
  await workspace.close();
  assert.deepEqual(readdirSync(root).sort(), [".vscode", "code"]);
  assert.deepEqual(readdirSync(join(root, ".vscode")), ["settings.json"]);
  assert.equal(readFileSync(join(root, ".vscode/settings.json"), "utf8"), "{}");
});

test("a linked worktree can commit, and cannot reach another repository by its .git file", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, (at) => {
    const main = join(at, "../outside/main");
    mkdirSync(main);
    makeRepository(main);
    git(main, "worktree", "add", "-q", "-b", "topic", at);
  });
  const { code, output } = await run("echo 2 > a && git commit -qam inside && git status --short");
  assert.deepEqual([code, output], [0, ""]);
  const main = join(outside, "main");
  assert.equal(git(main, "log", "-1", "--format=%s", "topic"), "inside\n");
  await run(
    `touch ${main}/file ${main}/.git/hooks/pre-commit ${main}/.git/worktrees/evil; echo x >> ${main}/.git/config`,
  );
  assert.deepEqual(readdirSync(main).sort(), [".git", "a"]);
  assert.equal(existsSync(join(main, ".git/hooks/pre-commit")), false);
  assert.equal(git(main, "status", "--short"), "");
  assert.equal(readdirSync(root).includes("a"), true);
});

test("a .git file that names a repository of somebody else's opens nothing", async (t) => {
  const { outside, run } = await openTestWorkspace(t, (at) => {
    const other = join(at, "../outside/other");
    mkdirSync(other);
    makeRepository(other);
    writeFileSync(join(at, ".git"), `gitdir: ${other}/.git\n`);
  });
  await run(`touch ${outside}/other/.git/planted; git commit --allow-empty -qm x`);
  assert.equal(existsSync(join(outside, "other/.git/planted")), false);
  assert.equal(git(join(outside, "other"), "log", "--format=%s"), "first\n");
});

test("hooks that are there run inside, not outside", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, (at) => {
    makeRepository(at);
    const hook = join(at, ".git/hooks/pre-commit");
    mkdirSync(join(at, ".git/hooks"), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\ntouch hook-ran ${join(at, "../outside/escaped")}\n`);
    chmodSync(hook, 0o755);
  });
  await run("git commit --allow-empty -qm x");
  assert.equal(existsSync(join(root, "hook-ran")), true);
  assert.deepEqual(readdirSync(outside), []);
});
