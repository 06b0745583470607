import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTestWorkspace } from "./test-workspace.ts";

// Repositories that a command makes where nobody would look; afterwards the user calls git on the host.

const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];

/** What the user's git prints; nothing where it refuses. */
const git = (cwd: string, ...args: string[]): string => {
  try {
    return execFileSync("git", [...identity, ...args], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
};

const prepare = (root: string): void => {
  git(root, "init", "-q");
  writeFileSync(join(root, "a"), "1\n");
  writeFileSync(join(root, ".gitignore"), "node_modules\n");
  git(root, "add", "-A");
  git(root, "commit", "-qm", "first");
};

const shell = (folder: string): string => `(mkdir -p ${folder}; cd ${folder}; git init -q; echo 1 > f; git add f;
  git -c user.name=T -c user.email=t@example.org commit -qm x; git config core.fsmonitor 'echo x >> "$PROOF"; false')`;

const link = (folder: string, repository = "."): string =>
  `git -C ${repository} update-index --add --cacheinfo 160000,$(git -C ${repository}/${folder} rev-parse HEAD),${folder}`;

/** Whether the user's git, used as people do, ran what was planted. */
const ranFor = (root: string, proof: string, ...folders: string[]): boolean => {
  process.env.PROOF = proof;
  for (const folder of [".", ...folders]) {
    git(join(root, folder), "status");
    git(join(root, folder), "log", "-1");
    git(join(root, folder), "diff");
  }
  delete process.env.PROOF;
  return existsSync(proof);
};

test("the attack is one: git goes into what the index names, wherever it is", async (t) => {
  const { root, outside } = await openTestWorkspace(t, prepare);
  execFileSync("sh", ["-c", `${shell("node_modules/p/deep")}; ${link("node_modules/p/deep")}`], { cwd: root });
  assert.equal(ranFor(root, join(outside, "proof")), true);
});

test("a repository deep in a package is looked at when the index names it, at once or later, and from another one", async (t) => {
  const ways: readonly (readonly string[])[] = [
    [`${shell("node_modules/p/deep")}; ${link("node_modules/p/deep")}`],
    [shell("node_modules/p/deep"), link("node_modules/p/deep")],
    [
      `${shell("n")}; git -C n config --unset core.fsmonitor; ${shell("n/node_modules/p/deep")}`,
      `${link("node_modules/p/deep", "n")}; ${link("n")}`,
    ],
    [shell("node_modules/p/deep"), `git update-index --index-version 4; ${link("node_modules/p/deep")}`],
    [shell("node_modules/p/deep"), `git update-index --split-index; ${link("node_modules/p/deep")}`],
    [
      shell("node_modules/p/deep"),
      `${link("node_modules/p/deep")}; git commit -qm link; git config -f x core.y z`,
      "true",
    ],
  ];
  for (const [index, scripts] of ways.entries()) {
    const { root, outside, run } = await openTestWorkspace(t, prepare);
    const notices: string[] = [];
    for (const script of scripts) notices.push(...(await run(script)).notices);
    assert.equal(ranFor(root, join(outside, "proof"), "n"), false, `${index}`);
    assert.match(notices.join("\n"), /deep\/\.git\/config \(core\.fsmonitor\)/, `${index}`);
  }
});

test("a submodule of the user's in a package is theirs: it stays as it is, and nothing is planted in it", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, (at) => {
    prepare(at);
    execFileSync("sh", ["-c", `${shell("node_modules/p/deep")}; ${link("node_modules/p/deep")}`], { cwd: at });
    git(join(at, "node_modules/p/deep"), "config", "core.fsmonitor", "true");
    git(join(at, "node_modules/p/deep"), "config", "alias.x", "!true");
  });
  const { notices } = await run(
    `cd node_modules/p/deep; git config core.fsmonitor 'echo x >> "$PROOF"'; echo 2 > f; git -c user.name=T -c user.email=t@example.org commit -qam inside`,
  );
  assert.deepEqual(notices, []);
  assert.equal(ranFor(root, join(outside, "proof")), false);
  assert.equal(git(join(root, "node_modules/p/deep"), "log", "-1", "--format=%s"), "inside\n");
  assert.equal(git(join(root, "node_modules/p/deep"), "config", "alias.x"), "!true\n");
});

test("an index that nobody can read is put aside", async (t) => {
  const { root, run } = await openTestWorkspace(t, prepare);
  const { notices } = await run("printf 'DIRC\\0\\0\\0\\002\\0\\0\\0\\011garbage' > .git/index");
  assert.match(notices.join("\n"), /\.git\/index \(cannot be looked through\)/);
  assert.equal(git(root, "status", "--short").includes("a"), true);
});

test("beyond the folders that are looked through, what was known and what the index names still is", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, prepare);
  await run(`${shell("known")}; git -C known config --unset core.fsmonitor`);
  const { notices } = await run(
    `python3 -c 'import os
for i in range(20100): os.makedirs("zz/%d" % i)'; ${shell("named")}; ${link("named")};
     git -C known config core.fsmonitor 'echo x >> "$PROOF"; false'`,
  );
  assert.match(notices.join("\n"), /more folders than are looked through/);
  assert.equal(ranFor(root, join(outside, "proof"), "known", "named"), false);
  assert.deepEqual((await run("true")).notices, []);
});

test("in folders whose names are no UTF-8 the same is found", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t, prepare);
  const { notices } = await run(
    `d=$(printf 'vendor\\377'); ${shell("made")}; mkdir "$d"; mv made "$d/r"; mkdir "$d/b"; mv "$d/r/.git/hooks" "$d/b"; git init -q --bare "$d/bare"; git --git-dir "$d/bare" config core.pager evil`,
  );
  assert.equal(notices.filter((notice) => /vendor/.test(notice)).length, 2, notices.join("\n"));
  process.env.PROOF = join(outside, "proof");
  execFileSync("sh", ["-c", "cd \"$(printf 'vendor\\377')/r\"; git status; git log -1; true"], {
    cwd: root,
    stdio: "ignore",
  });
  delete process.env.PROOF;
  assert.equal(existsSync(join(outside, "proof")), false);
});

test("a repository of the user's in such a folder is looked at too, and a secret there keeps commands from running", async (t) => {
  const inVendor = (root: string, script: string): void => {
    execFileSync("sh", ["-c", `d=$(printf 'vendor\\377'); mkdir -p "$d"; cd "$d"; ${script}`], { cwd: root });
  };
  const { root, outside, run } = await openTestWorkspace(t, (at) => {
    prepare(at);
    inVendor(at, "git init -q; git config alias.x '!true'");
  });
  assert.deepEqual((await run("true")).notices, []);
  const { notices } = await run(`cd "$(printf 'vendor\\377')"; git config core.fsmonitor 'echo x >> "$PROOF"; false'`);
  assert.equal(notices.length, 1);
  process.env.PROOF = join(outside, "proof");
  inVendor(root, "git status >/dev/null 2>&1; true");
  delete process.env.PROOF;
  assert.equal(existsSync(join(outside, "proof")), false);
  inVendor(root, "echo SECRET > .env");
  await assert.rejects(run("cat vendor*/.env"), /cannot be concealed, for its name or that of a folder/);
});

test("many repositories that nobody changed are not looked through again", async (t) => {
  const { root, run } = await openTestWorkspace(t, prepare);
  await run("git init -q t; for i in 1 2 3 4 5; do cp -r t n$i; done");
  assert.deepEqual((await run("true")).notices, []);
  const { notices } = await run(
    "git -C n1 config core.editor x; echo 'exit 1' > n2/.git/hooks/pre-commit; chmod +x n2/.git/hooks/pre-commit; ln -s /tmp n3/.git/refs/heads/x; mkdir n4/.git/rebase-merge; echo exec x > n4/.git/rebase-merge/git-rebase-todo; printf /x > n5/.git/commondir",
  );
  const where = notices.map((notice) => /planted (\S+)/.exec(notice)?.[1]);
  assert.deepEqual(where.sort(), [
    "n1/.git/config",
    "n2/.git/hooks",
    "n3/.git/refs/heads/x",
    "n4/.git/rebase-merge/git-rebase-todo",
    "n5/.git/commondir",
  ]);
  assert.equal(existsSync(join(root, "n1/.git/config")), false);
});
