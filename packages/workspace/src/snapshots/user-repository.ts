import { join, relative } from "node:path";
import { notLiteral, runGit } from "./run-git.ts";

/** What a snapshot takes over from the repository that the workspace lies in. It is read, never written. */
export type UserRepository = {
  /** Absolute folder that ignore patterns are relative to: the top of the work tree. */
  readonly topLevel: string;
  readonly objects: string;
  readonly index: string;
  readonly exclude: string;
  readonly objectFormat: "sha1" | "sha256";
};

const queries = [
  "--show-toplevel",
  ...["objects", "index", "info/exclude"].flatMap((path) => ["--git-path", path]),
  "--show-object-format",
];

/**
 * The repository of `root`, a folder of its work tree, or undefined: there is none, or it has no work tree here, or
 * it ignores `root`, which is then on its own.
 */
export const findUserRepository = async (root: string): Promise<UserRepository | undefined> => {
  const result = await runGit(["rev-parse", "--path-format=absolute", ...queries], { cwd: root });
  const [topLevel, objects, index, exclude, format, ...rest] = result.stdout.toString("utf8").split("\n");
  if (result.code !== 0 || !topLevel || !objects || !index || !exclude || rest.length !== 1) return undefined;
  if (topLevel !== root) {
    const args = ["check-ignore", "-q", "--", `./${relative(topLevel, root)}`];
    const ignored = await runGit(args, { cwd: topLevel, env: notLiteral });
    if (ignored.code === 0) return undefined;
  }
  return { topLevel, objects, index, exclude, objectFormat: format === "sha256" ? "sha256" : "sha1" };
};

/** The user's global ignore file: configured, or at its usual place. It need not exist. */
export const findGlobalExcludes = async (root: string): Promise<string> => {
  const result = await runGit(["config", "--type=path", "--get", "core.excludesFile"], { cwd: root });
  const configured = result.code === 0 ? result.stdout.toString("utf8").replace(/\n$/, "") : "";
  if (configured !== "") return configured;
  const base = process.env.XDG_CONFIG_HOME || join(process.env.HOME ?? "/nonexistent", ".config");
  return join(base, "git", "ignore");
};
