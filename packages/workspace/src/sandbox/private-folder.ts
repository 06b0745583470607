import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PrivateFolder } from "./facts.ts";
import { homeFolder, userGitConfig } from "./host-facts.ts";
import { lookAt, realPathOf } from "./paths.ts";
import { firstFolderUnderTemp, temporaryFolder } from "./plan.ts";
import { filterArchitecture, seccompProgram } from "./seccomp.ts";

export const privateFolderPrefix = "fettle-";

/** Makes a thread's private folder with what the plan mounts from it. */
export const createPrivateFolder = (): PrivateFolder => {
  const path = mkdtempSync(join(realPathOf(tmpdir()) ?? tmpdir(), privateFolderPrefix));
  const temp = join(path, "tmp");
  const empty = join(path, "empty");
  const gitConfig = join(path, "gitconfig");
  const seccomp = filterArchitecture === null ? null : join(path, "seccomp");
  mkdirSync(temp, { mode: 0o700 });
  writeFileSync(empty, "", { mode: 0o444 });
  writeFileSync(gitConfig, userGitConfig(homeFolder()), { mode: 0o444 });
  if (seccomp !== null && filterArchitecture !== null)
    writeFileSync(seccomp, seccompProgram(filterArchitecture), { mode: 0o400 });
  return { path, temp, empty, gitConfig, seccomp };
};

/**
 * Makes the folders in the private /tmp that mounts below it go through. A command must not have put a symlink there:
 * bubblewrap would follow it and make folders on the host.
 */
export const prepareTemp = (folder: PrivateFolder, destinations: readonly string[]): void => {
  for (const destination of destinations) {
    const first = firstFolderUnderTemp(destination) ?? destination;
    if (!first.startsWith(`${temporaryFolder}/`)) continue;
    const path = join(folder.temp, first.slice(temporaryFolder.length + 1));
    const there = lookAt(path);
    if (there?.isDirectory()) continue;
    if (there) rmSync(path, { force: true });
    mkdirSync(path);
  }
};

/** Removes it with everything in it, folders without permissions included. */
export const removePrivateFolder = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 2 });
  } catch {
    openUp(path);
    rmSync(path, { recursive: true, force: true });
  }
};

const openUp = (path: string): void => {
  if (!lookAt(path)?.isDirectory()) return;
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path)) openUp(join(path, entry));
};
