import { spawn } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "../sandbox/find-program.ts";
import { gitArguments, gitEnvironment } from "./run-git.ts";
import type { TakeState } from "./take-tree.ts";

/** Snapshots can be restored for this long after their content was last stored. */
const keptDays = 30;
const msPerDay = 86_400_000;

/**
 * Keeps the store from growing without bound: once a day, content is packed, and what only snapshots older than 30
 * days need goes away. Runs beside the work and is given up when the process ends; git makes that safe. Content of the
 * current tree always stays, because the index counts as in use.
 */
export const pruneInBackground = (state: TakeState): void => {
  const { gitDir, env, options } = state.store;
  const marker = join(gitDir, "fettle-pruned");
  const last = statSync(marker, { throwIfNoEntry: false })?.mtimeMs;
  // A new store has nothing old.
  if (last === undefined) writeFileSync(marker, "");
  if (last === undefined || Date.now() - last < msPerDay) return;
  const args = gitArguments([...options, "gc", "--quiet", `--prune=${keptDays}.days.ago`]);
  const fullEnv = { ...gitEnvironment(), ...env, GIT_INDEX_FILE: state.index };
  const child = spawn(programPath("git"), args, { cwd: gitDir, env: fullEnv, stdio: "ignore" });
  const stop = (): void => {
    child.kill();
    rmSync(join(gitDir, "gc.pid"), { force: true });
  };
  process.once("exit", stop);
  child.on("error", () => process.off("exit", stop));
  child.on("close", (code) => {
    process.off("exit", stop);
    if (code === 0) writeFileSync(marker, "");
  });
  child.unref();
};
