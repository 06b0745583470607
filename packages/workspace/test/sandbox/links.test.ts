import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

const prepare = (root: string): void => {
  git(root, "init", "-q");
  writeFileSync(join(root, "a"), "1\n");
  git(root, "add", "a");
  git(root, "commit", "-qm", "first");
  mkdirSync(join(root, "../outside/docs"));
  writeFileSync(join(root, "../outside/docs/letter"), "kept");
  writeFileSync(join(root, "../outside/profile"), "kept");
};

test("links in a repository's folder are taken away, so the user's git writes and deletes nothing elsewhere", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, prepare);
  const { notices } = await run(
    `ln -sf ${outside}/profile .git/COMMIT_EDITMSG; rm -f .git/logs/HEAD; ln -s ${outside}/profile .git/logs/HEAD;
     ln -s ${outside}/profile .git/FETCH_HEAD; mkdir -p .git/worktrees; ln -s ${outside}/docs .git/worktrees/w;
     mkdir .git/stage; ln -s ${outside}/docs .git/stage/deep; mv .git/stage .git/kept; ln -s ${outside}/docs .git/rebase-merge`,
  );
  assert.equal(notices.filter((notice) => /a link/.test(notice)).length, 6, notices.join("\n"));
  git(root, "commit", "--allow-empty", "-qm", "from the host");
  git(root, "worktree", "prune");
  assert.equal(existsSync(join(root, ".git/rebase-merge")), false);
  assert.equal(readFileSync(join(outside, "profile"), "utf8"), "kept");
  assert.deepEqual(readdirSync(join(outside, "docs")), ["letter"]);
});

test("a rebase goes on with no planted line, however the list was put there", async (t) => {
  const todo = "git rebase -q HEAD~1 --exec false 2>/dev/null; ls .git/rebase-merge > /dev/null";
  const ways: Readonly<Record<string, string>> = {
    padded: `{ head -c 1100000 /dev/zero | tr '\\0' '#'; echo; echo exec touch planted; } > .git/rebase-merge/git-rebase-todo`,
    linked: `echo exec touch planted > list; ln -sf ../../list .git/rebase-merge/git-rebase-todo`,
    fifo: `rm -f .git/rebase-merge/git-rebase-todo; mkfifo .git/rebase-merge/git-rebase-todo`,
  };
  for (const [name, way] of Object.entries(ways)) {
    const { root, run } = await openTestWorkspace(t, (at) => {
      prepare(at);
      git(at, "commit", "--allow-empty", "-qm", "second");
    });
    await run(`${todo}; ${way}`);
    assert.equal(existsSync(join(root, ".git/rebase-merge/git-rebase-todo")), false, name);
  }
});

test("a folder of a rebase that was made ready before and moved in is looked through", async (t) => {
  const { root, run } = await openTestWorkspace(t, prepare);
  await run("mkdir .git/stage; echo 'exec touch planted' > .git/stage/git-rebase-todo");
  await run("mv .git/stage .git/rebase-merge");
  assert.doesNotMatch(readFileSync(join(root, ".git/rebase-merge/git-rebase-todo"), "utf8"), /exec/);
});

test("a repository that commands made is looked through again when its parts were moved", async (t) => {
  const { root, run } = await openTestWorkspace(t, prepare);
  await run(
    "git init -q n; git init -q s; mv s/.git stage; rm stage/HEAD; git config -f stage/config core.fsmonitor 'touch planted'",
  );
  await run("mv n/.git old; mv stage n/.git; cp old/HEAD n/.git/");
  try {
    git(join(root, "n"), "status");
  } catch {
    // It need not be a repository any more.
  }
  assert.equal(existsSync(join(root, "n/planted")), false);
});

test("a workspace in node_modules is no package", async (t) => {
  const { outside, run } = await openTestWorkspace(t);
  const workspace = join(outside, "node_modules/ws");
  mkdirSync(workspace, { recursive: true });
  const policy = policyOf({ writableRoots: [workspace] });
  await run("git init -q n; git -C n config core.fsmonitor 'touch planted'", { policy, cwd: workspace });
  git(join(workspace, "n"), "status");
  assert.equal(existsSync(join(workspace, "n/planted")), false);
});

test("blanks around a path that leads to a repository belong to it, as for git", async (t) => {
  const { root, run } = await openTestWorkspace(t, prepare);
  await run(
    "git init -q --bare .git/e; git init -q --bare '.git/e '; git --git-dir '.git/e ' config core.fsmonitor 'touch planted'; mkdir n; echo 'gitdir: ../.git/e ' > n/.git",
  );
  try {
    git(join(root, "n"), "status");
  } catch {
    // It need not be a repository any more.
  }
  assert.equal(existsSync(join(root, "n/planted")) || existsSync(join(root, "planted")), false);
});
