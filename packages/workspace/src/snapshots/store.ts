import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { SnapshotError } from "../types.ts";
import { gitComplaint, runGit } from "./run-git.ts";
import type { UserRepository } from "./user-repository.ts";

/** The private repository of one workspace and how git is called on it. */
export type Store = {
  readonly gitDir: string;
  /** Folder that the paths of the index are relative to, and the workspace's place in it (`""` or `"sub/"`). */
  readonly workTree: string;
  readonly prefix: string;
  /** The index that all processes share; replaced by rename only. */
  readonly sharedIndex: string;
  readonly repository: UserRepository | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly options: readonly string[];
};

/** Content is stored as it is on the disk: nothing that a `.gitattributes` file says may convert or hide it. */
const attributes = "* -filter -text -ident !eol !working-tree-encoding !diff !merge\n";

/**
 * Left out where no repository says what to ignore: what tools can make again. The list stays in force when the
 * folder becomes a repository later, or undoing to a time before would delete these folders.
 */
const builtInHeader = "# fettle: a folder without a repository";
const builtInExcludes = [
  "node_modules/",
  "bower_components/",
  ".venv/",
  "venv/",
  "__pycache__/",
  "*.pyc",
  ".tox/",
  ".nox/",
  ".mypy_cache/",
  ".pytest_cache/",
  ".ruff_cache/",
  "target/",
  ".gradle/",
  ".next/",
  ".nuxt/",
  ".svelte-kit/",
  ".turbo/",
  ".parcel-cache/",
  ".cache/",
  ".terraform/",
  ".dart_tool/",
  ".direnv/",
  ".bundle/",
  "elm-stuff/",
  ".stack-work/",
  "dist-newstyle/",
  "DerivedData/",
  ".DS_Store",
];

const readIfPresent = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
};

/** True when it wrote. */
const writeIfDifferent = (path: string, content: string): boolean => {
  if (readIfPresent(path) === content && existsSync(path)) return false;
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(temporary, content, "latin1");
  renameSync(temporary, path);
  return true;
};

const initialise = async (gitDir: string, objectFormat: string): Promise<void> => {
  if (existsSync(join(gitDir, "HEAD"))) return;
  // Made aside and renamed, so that two processes never see a half-made one.
  const making = `${gitDir}.${randomBytes(6).toString("hex")}`;
  mkdirSync(making, { recursive: true, mode: 0o700 });
  const args = ["init", "--quiet", "--bare", "--template=", `--object-format=${objectFormat}`, making];
  const result = await runGit(args, { cwd: making, env: privateConfig });
  if (result.code !== 0) throw new SnapshotError(`cannot make the snapshot store ${gitDir}: ${gitComplaint(result)}`);
  mkdirSync(join(making, "info"), { recursive: true });
  try {
    renameSync(making, gitDir);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(join(gitDir, "HEAD"))) throw error;
  }
};

/** Neither the system's nor the person's git configuration counts in the private store. */
const privateConfig = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

const escapePattern = (path: string): string => path.replace(/[\\*?[\]#! ]/g, "\\$&");

/** Anchored patterns for those of `folders` that lie inside the work tree. */
const excludeFolders = (workTree: string, folders: readonly string[]): string[] =>
  folders
    .map((folder) => relative(workTree, folder))
    .filter((path) => path !== "" && !path.startsWith(`..${sep}`) && path !== ".." && !isAbsolute(path))
    .filter((path) => !path.includes("\n"))
    .map((path) => `/${escapePattern(Buffer.from(path).toString("latin1"))}/`);

/** Brings the private exclude list up to date with the user's own; true when it changed. Cheap enough for every snapshot. */
export const refreshExcludes = (
  store: Pick<Store, "gitDir" | "workTree" | "repository">,
  leftOut: readonly string[],
): boolean => {
  const file = join(store.gitDir, "info", "exclude");
  const builtIn = store.repository === undefined || readIfPresent(file).startsWith(builtInHeader);
  const own = builtIn ? [builtInHeader, ...builtInExcludes] : ["# fettle"];
  const user = store.repository === undefined ? "" : readIfPresent(store.repository.exclude);
  return writeIfDifferent(file, `${[...own, ...excludeFolders(store.workTree, leftOut)].join("\n")}\n${user}\n`);
};

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** Where the stores of all workspaces lie. */
export const storeDirIn = (stateDir: string): string => join(stateDir, "snapshots");

/** Removes the index of a copy that is gone from the store of its workspace. */
export const forgetCopy = (storeDir: string, storeOf: string, workTree: string): void => {
  const stores = existsSync(storeDir) ? readdirSync(storeDir) : [];
  for (const store of stores.filter((name) => name.startsWith(`${shortHash(storeOf)}.`)))
    for (const name of readdirSync(join(storeDir, store)))
      if (name.startsWith(`index.${shortHash(workTree)}`)) rmSync(join(storeDir, store, name), { force: true });
};

/**
 * Opens, or makes at the first time, this workspace's private repository in `storeDir`. Objects that the user's repository has are
 * borrowed from it, not copied. A copy of a workspace uses that one's repository (`storeOf`), with an index of its own.
 */
export const openStore = async (
  { root, storeOf }: { readonly root: string; readonly storeOf: string },
  storeDir: string,
  repository: UserRepository | undefined,
  globalExcludes: string,
): Promise<Store> => {
  const gitDir = join(storeDir, `${shortHash(storeOf)}.${repository?.objectFormat ?? "sha1"}.git`);
  await initialise(gitDir, repository?.objectFormat ?? "sha1");
  const workTree = repository?.topLevel ?? root;
  const below = relative(workTree, root);
  const borrowed = repository === undefined || repository.objects.includes("\n") ? "" : `${repository.objects}\n`;
  writeIfDifferent(join(gitDir, "objects", "info", "alternates"), Buffer.from(borrowed).toString("latin1"));
  writeIfDifferent(join(gitDir, "info", "attributes"), attributes);
  return {
    gitDir,
    workTree,
    prefix: below === "" ? "" : `${below}/`,
    sharedIndex: join(gitDir, `index.${shortHash(workTree)}`),
    repository,
    env: { ...privateConfig, GIT_DIR: gitDir, GIT_WORK_TREE: workTree },
    options: [
      "-c",
      `core.excludesFile=${globalExcludes}`,
      "-c",
      "core.fsyncMethod=batch",
      "-c",
      "core.bigFileThreshold=64m",
      "-c",
      "core.looseCompression=1",
    ],
  };
};
