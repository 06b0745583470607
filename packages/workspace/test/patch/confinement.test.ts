import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Worker } from "node:worker_threads";
import { applyPatch } from "../../src/patch/apply-patch.ts";
import { protectedNames } from "../../src/patch/protected-names.ts";
import { inFolder, readTree } from "./tree.ts";

const wrap = (body: string): string => `*** Begin Patch\n${body}*** End Patch\n`;

/** Every way to name a place in a patch. */
const attempts = (path: string): string[] => [
  wrap(`*** Add File: ${path}\n+evil\n`),
  wrap(`*** Update File: ${path}\n@@\n-theirs\n+evil\n`),
  wrap(`*** Delete File: ${path}\n`),
  wrap(`*** Update File: own\n*** Move to: ${path}\n@@\n-mine\n+evil\n`),
  wrap(`*** Update File: ${path}\n*** Move to: own\n@@\n-theirs\n+evil\n`),
];

test("no path leads outside the roots", () =>
  inFolder({ own: "mine\n" }, async (root) => {
    const outside = join(root, "..", "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "f"), "theirs\n");
    symlinkSync("../outside", join(root, "folder"));
    symlinkSync("../outside/f", join(root, "file"));
    symlinkSync("../outside/new", join(root, "dangling"));
    symlinkSync("folder", join(root, "twice"));
    symlinkSync("loop", join(root, "loop"));
    symlinkSync("/proc/self/cwd", join(root, "proc"));
    const before = [readTree(root), readTree(outside)];
    const inner = [
      "../outside/f",
      "own/../../outside/f",
      join(outside, "f"),
      "folder/f",
      "twice/f",
      "proc/f",
      "loop/f",
    ];
    const paths = [...inner, "folder/sub/new", "/etc/fettle-test", "~/../../f\0", ".", "..", "own/"];
    for (const path of paths)
      for (const patch of attempts(path)) {
        const trailing = path === "own/";
        const outcome = await applyPatch(patch, { cwd: root, roots: [root] });
        if (!trailing) assert.equal(outcome.ok, false, `${patch}${JSON.stringify(outcome)}`);
        if (!trailing) assert.deepEqual([readTree(root), readTree(outside)], before);
        else writeFileSync(join(root, "own"), "mine\n");
      }
    // The last component's link leads out: following is refused, deleting the link itself is not.
    for (const name of ["file", "dangling"]) {
      for (const patch of [0, 1, 3].map((index) => attempts(name)[index] ?? "")) {
        const outcome = await applyPatch(patch, { cwd: root, roots: [root] });
        assert.ok(
          !outcome.ok && /outside the writable folders|does not exist/.test(outcome.message),
          JSON.stringify(outcome),
        );
      }
      assert.equal((await applyPatch(wrap(`*** Delete File: ${name}\n`), { cwd: root, roots: [root] })).ok, true);
    }
    assert.deepEqual(readTree(outside), { f: "644 theirs\n" });
  }));

test("without a writable folder every patch is refused", () =>
  inFolder({ own: "mine\n" }, async (root) => {
    const outcome = await applyPatch(wrap("*** Delete File: own\n"), { cwd: root, roots: [] });
    assert.deepEqual(outcome, {
      ok: false,
      message: "cannot delete own: it lies outside the writable folders; nothing may be written here",
    });
  }));

test("protected names are refused anywhere in a path, in any case, and through symlinks", () =>
  inFolder(
    { own: "mine\n", ".git/config": "theirs\n", "sub/.git/hooks/x": "theirs\n", "sub/l": { link: "../.git" } },
    async (root) => {
      const before = readTree(root);
      const paths = [...protectedNames].flatMap((name) => [name, `${name}/x`, `deep/er/${name}/x`]);
      for (const path of [
        ...paths,
        ".git/config",
        ".GIT/config",
        ".git./config",
        ".g\u200cit/config",
        "sub/l/config",
        "sub/.git/hooks/x",
      ])
        for (const patch of attempts(path)) {
          const outcome = await applyPatch(patch, { cwd: root, roots: [root] });
          assert.ok(!outcome.ok && /protected place/.test(outcome.message), `${patch}${JSON.stringify(outcome)}`);
        }
      assert.deepEqual(readTree(root), before);
      const allowed = wrap(
        "*** Add File: .gitignore\n+x\n*** Add File: .github/workflows/ci.yml\n+x\n*** Add File: git\n+x\n",
      );
      assert.equal((await applyPatch(allowed, { cwd: root, roots: [root] })).ok, true);
    },
  ));

test("FIFOs and sockets neither block nor change", () =>
  inFolder({ own: "mine\n" }, async (root) => {
    execFileSync("mkfifo", [join(root, "fifo")]);
    const before = readTree(root);
    for (const patch of attempts("fifo")) {
      const outcome = await applyPatch(patch, { cwd: root, roots: [root] });
      assert.ok(!outcome.ok && /not a regular file/.test(outcome.message), JSON.stringify(outcome));
    }
    assert.deepEqual(readTree(root), before);
  }));

test("another name of a file keeps its content", () =>
  inFolder({ own: "mine\n" }, async (root) => {
    const other = join(root, "..", "other");
    linkSync(join(root, "own"), other);
    assert.equal(
      (await applyPatch(wrap("*** Update File: own\n@@\n-mine\n+new\n"), { cwd: root, roots: [root] })).ok,
      true,
    );
    assert.equal(readFileSync(other, "utf8"), "mine\n");
    rmSync(other);
  }));

/** Swaps the folder `d` for a symlink and back as fast as it can, in another thread, until it is told to stop. */
const swapper = `
  const { workerData } = require("node:worker_threads");
  const { renameSync } = require("node:fs");
  const flag = new Int32Array(workerData.flag);
  const path = (name) => workerData.root + "/" + name;
  let aside = 0;
  const isRenamed = (from, to) => {
    try { renameSync(path(from), path(to)); return true; } catch { return false; }
  };
  // While "d" is away a patch may make a new one, which is put aside, and take it back, so that nothing is in the way.
  const move = (from, to) => {
    while (!isRenamed(from, to)) isRenamed(to, "aside" + aside++);
  };
  Atomics.store(flag, 1, 1);
  Atomics.notify(flag, 1);
  while (Atomics.load(flag, 0) === 0) {
    move("d", "d.real"); move("d.link", "d"); move("d", "d.link"); move("d.real", "d");
  }`;

test("a folder swapped for a symlink at any moment never lets a write out", () =>
  inFolder({ "d/f": "0\n" }, async (root) => {
    const outside = join(root, "..", "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "f"), "0\n");
    symlinkSync(outside, join(root, "d.link"));
    const flag = new SharedArrayBuffer(8);
    const view = new Int32Array(flag);
    const worker = new Worker(swapper, { eval: true, workerData: { flag, root } });
    const ended = new Promise<void>((resolve, reject) => {
      worker.once("exit", () => resolve());
      worker.once("error", reject);
    });
    const apply = (round: number) => {
      const body = `*** Add File: d/f\n+${round}\n*** Add File: d/new/${round}\n+x\n`;
      return applyPatch(wrap(body), { cwd: root, roots: [root] });
    };
    try {
      await Atomics.waitAsync(view, 1, 0).value;
      for (let round = 0; round < 300; round += 1) {
        await apply(round);
        assert.deepEqual(readTree(outside), { f: "644 0\n" });
      }
    } finally {
      Atomics.store(view, 0, 1);
      await ended;
    }
    assert.equal((await apply(300)).ok, true);
    assert.equal(readTree(root)["d/f"], "644 300\n");
    const left = Object.keys(readTree(root)).filter((name) => name.endsWith(".tmp"));
    assert.deepEqual(left, []);
    assert.deepEqual(readTree(outside), { f: "644 0\n" });
  }));
