import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openWorkspace } from "@fettle/workspace";

/*
 * snapshot.ts FOLDER: prints the milliseconds that a snapshot of 5,000 files takes after one of them was changed, as
 * between two commands of a turn: the first snapshot of the process is not counted. Makes the repository on first use.
 */

const base = process.argv[2];
if (base === undefined) throw new Error("usage: snapshot.ts FOLDER");
const root = join(base, "tree-5000");

const makeTree = (): void => {
  for (let folder = 0; folder < 100; folder++) {
    const path = join(root, `folder-${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < 50; file++) {
      writeFileSync(join(path, `${file}.ts`), `export const value = ${folder * 50 + file};\n`.repeat(20));
    }
  }
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], { cwd: root });
  };
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "Begin");
};

if (!existsSync(root)) makeTree();
const stateDir = join(base, "state");
mkdirSync(stateDir, { recursive: true });
const workspace = await openWorkspace({ root: realpathSync(root), stateDir, threadId: "bench" });
const { snapshots } = workspace;
const before = await snapshots.take();
writeFileSync(join(root, "folder-7/7.ts"), `export const changed = ${process.hrtime.bigint()}n;\n`);
const startedAt = performance.now();
const after = await snapshots.take();
const ms = performance.now() - startedAt;
if (after === before) throw new Error("the change was not seen");
await workspace.close();
console.log(ms);
