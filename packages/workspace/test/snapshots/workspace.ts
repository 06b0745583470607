import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSnapshots } from "../../src/snapshots/create-snapshots.ts";
import type { Snapshots } from "../../src/types.ts";
import { type Tree, writeTree } from "../patch/tree.ts";

export type TestWorkspace = {
  readonly root: string;
  readonly storeDir: string;
  readonly snapshots: Snapshots;
  /** Runs git in the root as a person would. */
  readonly git: (...args: string[]) => string;
};

/** Runs git on any folder, with an identity and without the machine's configuration. */
export const gitIn = (folder: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@b",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@b",
    },
  });

/** A workspace with these files and a store beside it, removed afterwards. */
export const inWorkspace = async (
  tree: Tree,
  kind: "repository" | "folder",
  body: (workspace: TestWorkspace) => Promise<void>,
): Promise<void> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fettle-snapshots-")));
  const root = join(folder, "ws");
  const storeDir = join(folder, "state", "store");
  mkdirSync(root);
  try {
    writeTree(root, tree);
    const git = (...args: string[]): string => gitIn(root, ...args);
    if (kind === "repository") {
      git("init", "--quiet");
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", "first");
    }
    await body({ root, storeDir, snapshots: createSnapshots({ root, storeDir }), git });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The one private repository in a folder of stores. */
export const gitDirOf = (storeDir: string): string =>
  join(storeDir, readdirSync(storeDir).find((name) => /^[0-9a-f]{12}\.sha(?:1|256)\.git$/.test(name)) ?? "none");

/** Everything below the root except `.git`. */
export const withoutGit = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !/(?:^|\/)\.git\//.test(path)));
