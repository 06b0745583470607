import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { createSnapshots } from "../../src/snapshots/create-snapshots.ts";
import { SnapshotError } from "../../src/types.ts";
import { asOrdinaryUser } from "../as-ordinary-user.ts";
import { readTree } from "../patch/tree.ts";
import { gitDirOf, gitIn, inWorkspace } from "./workspace.ts";

const listTree = (storeDir: string, tree: string): string[] =>
  execFileSync("git", ["--git-dir", gitDirOf(storeDir), "ls-tree", "-r", "-z", tree], {
    encoding: "latin1",
  })
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => `${line.slice(0, 6)} ${line.slice(line.indexOf("\t") + 1)}`);

const contentOf = (storeDir: string, tree: string, path: string): Buffer =>
  execFileSync("git", ["--git-dir", gitDirOf(storeDir), "cat-file", "blob", `${tree}:${path}`]);

for (const kind of ["repository", "folder"] as const) {
  test(`a snapshot names content, not time (${kind})`, () =>
    inWorkspace({ "a.txt": "one\n", "d/b.txt": "two\n" }, kind, async ({ root, snapshots, storeDir }) => {
      const first = await snapshots.take();
      assert.match(first, /^[0-9a-f]{40}$/);
      assert.deepEqual(listTree(storeDir, first), ["100644 a.txt", "100644 d/b.txt"]);
      assert.equal(await snapshots.take(), first);
      writeFileSync(join(root, "a.txt"), "changed\n");
      const second = await snapshots.take();
      assert.notEqual(second, first);
      writeFileSync(join(root, "a.txt"), "one\n");
      assert.equal(await snapshots.take(), first);
      assert.deepEqual(await snapshots.changes(first, second), [{ path: "a.txt", kind: "update" }]);
    }));

  test(`edits of the same size in the same second are noticed (${kind})`, () =>
    inWorkspace({ "a.txt": "0000\n" }, kind, async ({ root, snapshots }) => {
      const seen = new Set<string>();
      for (let round = 0; round < 25; round += 1) {
        writeFileSync(join(root, "a.txt"), `${1000 + round}\n`);
        seen.add(await snapshots.take());
      }
      assert.equal(seen.size, 25);
    }));

  test(`another file of the same size and modification time is noticed (${kind})`, () =>
    inWorkspace({ "a.txt": "aaaa\n", "b.txt": "bbbb\n" }, kind, async ({ root, snapshots }) => {
      for (const name of ["a.txt", "b.txt"]) utimesSync(join(root, name), 1_000_000, 1_000_000);
      const first = await snapshots.take();
      renameSync(join(root, "b.txt"), join(root, "a.txt"));
      assert.deepEqual(await snapshots.changes(first, await snapshots.take()), [
        { path: "a.txt", kind: "update" },
        { path: "b.txt", kind: "delete" },
      ]);
    }));
}

test("a repository's index, refs, objects and configuration stay as they are", () =>
  inWorkspace({ "a.txt": "one\n" }, "repository", async ({ root, snapshots }) => {
    writeFileSync(join(root, "a.txt"), "two\n");
    writeFileSync(join(root, "new.txt"), "new\n");
    const before = readTree(join(root, ".git"));
    await snapshots.take();
    assert.deepEqual(readTree(join(root, ".git")), before);
  }));

test("objects of the user's repository are borrowed, not copied", () =>
  inWorkspace({ "a.txt": "one\n", "b.txt": "two\n" }, "repository", async ({ snapshots, storeDir }) => {
    await snapshots.take();
    const folders = readdirSync(join(gitDirOf(storeDir), "objects"));
    assert.deepEqual(folders.sort(), ["info", "pack"]);
  }));

test("what git ignores is left out, and what is tracked is not", () =>
  inWorkspace(
    { ".gitignore": "*.log\nbuild/\n", "kept.log": "tracked\n", "a.txt": "a\n" },
    "repository",
    async ({ root, snapshots, storeDir, git }) => {
      git("add", "--force", "kept.log");
      git("commit", "--quiet", "-m", "log");
      writeFileSync(join(root, ".git", "info", "exclude"), "private.txt\n");
      for (const name of ["other.log", "private.txt", "seen.txt"]) writeFileSync(join(root, name), "x\n");
      mkdirSync(join(root, "build"));
      writeFileSync(join(root, "build", "out"), "x\n");
      const first = await snapshots.take();
      assert.deepEqual(listTree(storeDir, first), [
        "100644 .gitignore",
        "100644 a.txt",
        "100644 kept.log",
        "100644 seen.txt",
      ]);
      writeFileSync(join(root, "kept.log"), "changed\n");
      assert.deepEqual(await snapshots.changes(first, await snapshots.take()), [{ path: "kept.log", kind: "update" }]);
      git("add", "--force", "other.log");
      assert.ok(listTree(storeDir, await snapshots.take()).includes("100644 other.log"));
      rmSync(join(root, "kept.log"));
      assert.ok(!listTree(storeDir, await snapshots.take()).includes("100644 kept.log"));
      writeFileSync(join(root, ".git", "info", "exclude"), "seen.txt\n");
      assert.ok(listTree(storeDir, await snapshots.take()).includes("100644 private.txt"));
    },
  ));

test("a folder without a repository leaves out what tools make again", () =>
  inWorkspace(
    { "node_modules/x/index.js": "x\n", "sub/.venv/bin/python": "x\n", "target/debug": "x\n", "src/a.rs": "x\n" },
    "folder",
    async ({ root, snapshots, storeDir, git }) => {
      const first = await snapshots.take();
      assert.deepEqual(listTree(storeDir, first), ["100644 src/a.rs"]);
      git("init", "--quiet");
      assert.equal(await snapshots.take(), first);
      assert.ok(existsSync(join(root, ".git")));
    },
  ));

test("bytes are stored as they are, whatever attributes and filters say", () =>
  inWorkspace({ "keep.txt": "x\n" }, "repository", async ({ root, snapshots, storeDir, git }) => {
    const witness = join(root, "..", "filter-ran");
    git("config", "filter.evil.clean", `touch ${witness}; cat`);
    git("config", "filter.evil.smudge", `touch ${witness}; cat`);
    git("config", "diff.evil.textconv", `touch ${witness}; cat`);
    git("config", "diff.evil.command", `touch ${witness}`);
    git("config", "core.fsmonitor", `touch ${witness}`);
    git("config", "core.autocrlf", "true");
    const attributes =
      "*.txt filter=evil diff=evil text eol=crlf ident\n*.utf16 working-tree-encoding=UTF-16\n*.hid -diff\n";
    writeFileSync(join(root, ".gitattributes"), attributes);
    writeFileSync(join(root, "a.txt"), "crlf\r\n$Id$\nlf\n");
    writeFileSync(join(root, "b.utf16"), Buffer.from("\ufeffhi\n", "utf16le"));
    writeFileSync(join(root, "c.hid"), "one\n");
    const first = await snapshots.take();
    assert.equal(contentOf(storeDir, first, "a.txt").toString(), "crlf\r\n$Id$\nlf\n");
    assert.deepEqual(contentOf(storeDir, first, "b.utf16"), Buffer.from("\ufeffhi\n", "utf16le"));
    writeFileSync(join(root, "a.txt"), "other\n");
    writeFileSync(join(root, "c.hid"), "two\n");
    const second = await snapshots.take();
    const diff = await snapshots.diff(first, second);
    assert.match(diff, /-crlf\r\n-\$Id\$\n-lf\n\+other\n/);
    assert.match(diff, /-one\n\+two\n/);
    await snapshots.restore(second, first);
    assert.equal(existsSync(witness), false);
    assert.match(readTree(root)["a.txt"] ?? "", / crlf\r\n\$Id\$\nlf\n$/);
  }));

test("the environment cannot redirect a snapshot", () =>
  inWorkspace({ "a.txt": "one\n" }, "repository", async ({ root, snapshots, git }) => {
    const other = join(root, "..", "elsewhere");
    process.env.GIT_DIR = other;
    process.env.GIT_INDEX_FILE = join(other, "index");
    try {
      await snapshots.take();
    } finally {
      delete process.env.GIT_DIR;
      delete process.env.GIT_INDEX_FILE;
    }
    assert.equal(existsSync(other), false);
    assert.equal(git("status", "--porcelain"), "");
  }));

test("modes, symlinks and odd names are content; sockets and empty folders are not", () =>
  inWorkspace(
    { "run.sh": { data: "x\n", mode: 0o755 }, empty: null },
    "repository",
    async ({ root, snapshots, storeDir }) => {
      symlinkSync("loop", join(root, "loop"));
      symlinkSync("..", join(root, "up"));
      symlinkSync("/nowhere", join(root, "dangling"));
      writeFileSync(join(root, "-dash"), "x");
      writeFileSync(join(root, "new\nline"), "x");
      writeFileSync(join(root, ":(glob)*"), "x");
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff, 0x67])]), "x");
      execFileSync("mkfifo", [join(root, "fifo")]);
      const tree = await snapshots.take();
      assert.deepEqual(listTree(storeDir, tree).sort(), [
        "100644 -dash",
        "100644 :(glob)*",
        "100644 f\xffg",
        "100644 new\nline",
        "100755 run.sh",
        "120000 dangling",
        "120000 loop",
        "120000 up",
      ]);
      chmodSync(join(root, "run.sh"), 0o644);
      assert.deepEqual(await snapshots.changes(tree, await snapshots.take()), [{ path: "run.sh", kind: "update" }]);
    },
  ));

test("nested repositories and submodules are stored with their files", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots, storeDir, git }) => {
    const library = join(root, "..", "library");
    mkdirSync(library);
    gitIn(library, "init", "--quiet");
    writeFileSync(join(library, "lib.c"), "int x;\n");
    gitIn(library, "add", ".");
    gitIn(library, "commit", "--quiet", "-m", "x");
    git("submodule", "--quiet", "add", library, "vendor/library");
    const unborn = join(root, "fresh");
    mkdirSync(join(unborn, "inner"), { recursive: true });
    gitIn(unborn, "init", "--quiet");
    gitIn(join(unborn, "inner"), "init", "--quiet");
    writeFileSync(join(unborn, "f.txt"), "f\n");
    writeFileSync(join(unborn, "inner", "g.txt"), "g\n");
    mkdirSync(join(root, "bare"));
    gitIn(join(root, "bare"), "init", "--quiet");
    const first = await snapshots.take();
    assert.deepEqual(listTree(storeDir, first).sort(), [
      "100644 .gitmodules",
      "100644 a.txt",
      "100644 fresh/f.txt",
      "100644 fresh/inner/g.txt",
      "100644 vendor/library/lib.c",
    ]);
    assert.equal(await snapshots.take(), first);
    writeFileSync(join(root, "vendor", "library", "new.c"), "int y;\n");
    const second = await snapshots.take();
    assert.deepEqual(await snapshots.changes(first, second), [{ path: "vendor/library/new.c", kind: "add" }]);
    await snapshots.restore(second, first);
    assert.equal(existsSync(join(root, "vendor", "library", "new.c")), false);
    assert.equal(await snapshots.take(), first);
  }));

test("in a subfolder of a repository the rules above count, and only the subfolder is taken", () =>
  inWorkspace(
    { ".gitignore": "*.log\n", "other/x.txt": "x\n", "sub/a.txt": "a\n" },
    "repository",
    async ({ root, storeDir }) => {
      const sub = join(root, "sub");
      const snapshots = createSnapshots({ root: sub, storeDir });
      writeFileSync(join(sub, "b.log"), "x\n");
      const first = await snapshots.take();
      assert.deepEqual(listTree(storeDir, first), ["100644 a.txt"]);
      writeFileSync(join(root, "other", "x.txt"), "changed\n");
      assert.equal(await snapshots.take(), first);
      rmSync(join(sub, "a.txt"));
      const second = await snapshots.take();
      assert.deepEqual(listTree(storeDir, second), []);
      await snapshots.restore(second, first);
      assert.equal(await snapshots.take(), first);
    },
  ));

test("a folder that its outer repository ignores is on its own", () =>
  inWorkspace({ ".gitignore": "scratch/\n", "scratch/a.txt": "a\n" }, "repository", async ({ root, storeDir }) => {
    const snapshots = createSnapshots({ root: join(root, "scratch"), storeDir });
    assert.deepEqual(listTree(storeDir, await snapshots.take()), ["100644 a.txt"]);
  }));

test("a linked worktree has its own content", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, storeDir, git }) => {
    const linked = join(root, "..", "linked");
    git("worktree", "add", "--quiet", linked);
    writeFileSync(join(linked, "b.txt"), "b\n");
    const snapshots = createSnapshots({ root: linked, storeDir });
    assert.deepEqual(listTree(storeDir, await snapshots.take()), ["100644 a.txt", "100644 b.txt"]);
  }));

test("an SHA-256 repository gives SHA-256 trees", () =>
  inWorkspace({ "a.txt": "a\n" }, "folder", async ({ snapshots, storeDir, git }) => {
    git("init", "--quiet", "--object-format=sha256");
    const tree = await snapshots.take();
    assert.match(tree, /^[0-9a-f]{64}$/);
    assert.deepEqual(listTree(storeDir, tree), ["100644 a.txt"]);
  }));

test("a store inside the workspace does not contain itself", () =>
  inWorkspace({ "a.txt": "a\n" }, "folder", async ({ root }) => {
    const home = join(root, ".state [x]");
    const storeDir = join(home, "snapshots", "abc");
    const snapshots = createSnapshots({ root, storeDir, leaveOut: [home] });
    mkdirSync(home);
    writeFileSync(join(home, "log"), "x\n");
    const first = await snapshots.take();
    assert.deepEqual(listTree(storeDir, first), ["100644 a.txt"]);
    assert.equal(await snapshots.take(), first);
  }));

test("an empty folder has the empty tree", () =>
  inWorkspace({}, "folder", async ({ snapshots }) => {
    assert.equal(await snapshots.take(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  }));

test("two objects on one store work at the same time, and agree", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots, storeDir }) => {
    const other = createSnapshots({ root, storeDir });
    for (let round = 0; round < 5; round += 1) {
      writeFileSync(join(root, "a.txt"), `${round}\n`);
      const trees = await Promise.all([snapshots.take(), other.take(), snapshots.take(), other.take()]);
      assert.equal(new Set(trees).size, 1);
    }
  }));

test("locks and indexes that a killed process left do not matter", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots, storeDir }) => {
    const first = await snapshots.take();
    const gitDir = gitDirOf(storeDir);
    const shared = readdirSync(gitDir).find((name) => /^index\.[0-9a-f]{12}$/.test(name)) ?? "";
    assert.notEqual(shared, "");
    // No process has this number on Linux: it is above the largest allowed.
    const left = [`${shared}.4194305.abc`, `${shared}.4194305.abc.lock`, `${shared}.lock`];
    for (const name of left) writeFileSync(join(gitDir, name), "torn");
    writeFileSync(join(root, "b.txt"), "b\n");
    const other = createSnapshots({ root, storeDir });
    const second = await other.take();
    assert.deepEqual(await other.changes(first, second), [{ path: "b.txt", kind: "add" }]);
    assert.equal(existsSync(join(gitDir, left[0] ?? "")), false);
  }));

test("a damaged index is made anew", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots, storeDir }) => {
    const first = await snapshots.take();
    const gitDir = gitDirOf(storeDir);
    for (const name of readdirSync(gitDir).filter((entry) => entry.startsWith("index.")))
      writeFileSync(join(gitDir, name), "garbage garbage garbage garbage");
    assert.equal(await createSnapshots({ root, storeDir }).take(), first);
    assert.equal(await snapshots.take(), first);
  }));

test("an unreadable file is named", async (t) => {
  if (process.getuid?.() !== 0) {
    await inWorkspace({ "secret.txt": { data: "s\n", mode: 0 } }, "folder", async ({ snapshots }) => {
      await assert.rejects(snapshots.take(), /cannot read secret\.txt: permission denied/);
    });
    return;
  }
  // The superuser reads every file, so an unprivileged child takes the snapshot.
  await inWorkspace({ "secret.txt": { data: "s\n", mode: 0 } }, "folder", async ({ root, storeDir }) => {
    chmodSync(join(root, ".."), 0o777);
    mkdirSync(storeDir, { recursive: true });
    chmodSync(storeDir, 0o777);
    const source = new URL("../../src/snapshots/create-snapshots.ts", import.meta.url).href;
    const script = `const { createSnapshots } = await import(${JSON.stringify(source)});
      await createSnapshots(${JSON.stringify({ root, storeDir })}).take().then(console.log, (e) => console.log(e.name, e.message));`;
    const place = join(root, "../clone");
    const argv = [process.execPath, "--input-type=module", "-e", script];
    const [file, ...args] = asOrdinaryUser(place, argv);
    const env = { PATH: process.env.PATH, HOME: "/nonexistent" };
    const output = execFileSync(file, args, { cwd: "/", encoding: "utf8", env });
    t.diagnostic(output.trim());
    assert.match(output, /^SnapshotError cannot read secret\.txt: permission denied/);
  });
});

test("failures are SnapshotErrors in one line", () =>
  inWorkspace({ "a.txt": "a\n" }, "folder", async ({ root, snapshots, storeDir }) => {
    const tree = await snapshots.take();
    const unknown = "1".repeat(40);
    await assert.rejects(snapshots.changes(tree, unknown), SnapshotError);
    await assert.rejects(snapshots.diff("--output=/tmp/x", tree), SnapshotError);
    await assert.rejects(snapshots.restore(tree, unknown), SnapshotError);
    renameSync(root, `${root}-gone`);
    await assert.rejects(snapshots.take(), SnapshotError);
    const blocked = createSnapshots({ root: `${root}-gone`, storeDir: join(`${root}-gone`, "a.txt", "store") });
    await assert.rejects(
      blocked.take(),
      (error: Error) => error instanceof SnapshotError && !error.message.includes("\n"),
    );
    assert.ok(statSync(storeDir).isDirectory());
  }));

test("two workspaces in one folder of stores do not mix", () =>
  inWorkspace({ "a.txt": "a\n" }, "repository", async ({ root, snapshots, storeDir }) => {
    const other = join(root, "..", "other");
    mkdirSync(other);
    writeFileSync(join(other, "b.txt"), "b\n");
    const first = await snapshots.take();
    const otherSnapshots = createSnapshots({ root: other, storeDir });
    const otherTree = await otherSnapshots.take();
    writeFileSync(join(root, "a.txt"), "changed\n");
    writeFileSync(join(other, "b.txt"), "changed\n");
    await snapshots.restore(await snapshots.take(), first);
    await otherSnapshots.restore(await otherSnapshots.take(), otherTree);
    assert.deepEqual(await snapshots.take(), first);
    assert.deepEqual(await otherSnapshots.take(), otherTree);
  }));
