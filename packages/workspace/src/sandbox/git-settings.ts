import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { gitFolderNamedBy } from "./enclosing-repository.ts";
import { programPath } from "./find-program.ts";
import { lookAt, plainTextOf, realPathOf } from "./paths.ts";

/* Settings of git, always read by git itself, so that nothing is understood otherwise than the user's git would. */

export type Setting = readonly [key: string, value: string];

const bare = { PATH: process.env.PATH ?? "/usr/bin:/bin", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

/** The settings in the text of one configuration file, without what it includes. Null when git cannot read it. */
export const settingsOf = (text: string): Setting[] | null => {
  try {
    const listed = execFileSync(programPath("git"), ["config", "--file", "-", "--no-includes", "--list", "-z"], {
      input: text,
      cwd: "/",
      env: bare,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
      timeout: 5000,
    });
    return listed
      .split("\0")
      .filter((entry) => entry !== "")
      .map((entry) => {
        const at = entry.indexOf("\n");
        return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
      });
  } catch {
    return null;
  }
};

/** Names of sections and variables cannot be written otherwise, so that most files need no git. */
const mayMatter = /hookspath|include/i;

type Known = { readonly stamp: string; readonly settings: readonly Setting[] };
const known = new Map<string, Known>();

/** Changes with the file that the path leads to. Null when there is none. */
const stampOf = (file: string): string | null => {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats ? [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ") : null;
  } catch {
    return null;
  }
};

/** The same of a file; git is asked once until it changes. */
const settingsIn = (file: string): readonly Setting[] => {
  const stamp = stampOf(file);
  if (stamp === null) return [];
  const before = known.get(file);
  if (before?.stamp === stamp) return before.settings;
  const text = plainTextOf(realPathOf(file) ?? file) ?? "";
  const settings = mayMatter.test(text) ? (settingsOf(text) ?? []) : [];
  known.set(file, { stamp, settings });
  return settings;
};

/** A path as it stands in a setting, with the home folder put in. */
const withHome = (value: string): string => {
  const user = /^~([^/]*)(?=\/|$)/.exec(value)?.[1];
  if (user === "") return join(homedir(), value.slice(1));
  return user === userInfo().username ? join(userInfo().homedir, value.slice(1 + user.length)) : value;
};

const isInclude = /^include(?:if\..+)?\.path$/s;

/** Where git looks for settings and hooks. */
export type Places = {
  /** Files of settings, those included under any condition too, whether or not they exist; not a repository's own. */
  readonly files: readonly string[];
  /** Every value for the folder of hooks, for another one may count tomorrow; relative ones belong to `tops`. */
  readonly hooks: readonly string[];
  /** The folders that git runs hooks in: the work tree, or its own folder when somebody pushes to there. */
  readonly tops: readonly string[];
};

const mostFiles = 100;

/** Follows `start` and `more` through what they include. Null when there is no end to it. */
const placesFrom = (start: readonly string[], more: readonly Setting[] = []): Places | null => {
  const files = new Set(start);
  const hooks: string[] = [];
  const take = (settings: readonly Setting[], folder: string): void => {
    for (const [key, value] of settings) {
      if (value === "") continue;
      if (key === "core.hookspath") hooks.push(withHome(value));
      if (isInclude.test(key)) files.add(resolve(folder, withHome(value)));
    }
  };
  take(more, "/");
  for (const file of files) {
    if (files.size > mostFiles) return null;
    take(settingsIn(file), dirname(file));
  }
  return { files: [...files], hooks, tops: [] };
};

/** Settings that the user has given to every git in their environment. */
const settingsInEnvironment = (): Setting[] => {
  if (process.env.GIT_CONFIG_COUNT === undefined) return [];
  return Object.entries(process.env).flatMap(([name, key]): Setting[] => {
    const number = /^GIT_CONFIG_KEY_(\d+)$/.exec(name)?.[1];
    return number && key ? [[key.toLowerCase(), process.env[`GIT_CONFIG_VALUE_${number}`] ?? ""]] : [];
  });
};

/** What the user's and the machine's own configuration names. Null when it has no end. */
export const userPlaces = (): Places | null => {
  const { GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, XDG_CONFIG_HOME } = process.env;
  const global = [join(homedir(), ".gitconfig"), join(XDG_CONFIG_HOME || join(homedir(), ".config"), "git/config")];
  const system = ["/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig"];
  const files = [
    ...(GIT_CONFIG_GLOBAL === undefined ? global : [GIT_CONFIG_GLOBAL]),
    ...(GIT_CONFIG_SYSTEM === undefined ? system : [GIT_CONFIG_SYSTEM]),
  ];
  return placesFrom(files.filter(isAbsolute), settingsInEnvironment());
};

/** What the configuration of the repository with this `.git` names. Null when it has no end. */
export const repositoryPlaces = (entry: string): Places | null => {
  const own = lookAt(entry)?.isFile() ? gitFolderNamedBy(entry) : entry;
  if (own === null) return { files: [], hooks: [], tops: [] };
  const common = resolve(own, (plainTextOf(join(own, "commondir")) ?? "").trim());
  const start = [join(common, "config"), join(own, "config.worktree")];
  const found = placesFrom(start);
  const files = found?.files.filter((file) => !start.includes(file)) ?? [];
  return found && { files, hooks: found.hooks, tops: [...new Set([dirname(entry), own, common])] };
};
