import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir, totalmem } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import type { HostFacts } from "./facts.ts";
import { harmlessGitConfig } from "./git-config.ts";
import { isWithin, isWithinAny, outermost, realPathOf } from "./paths.ts";

const maskedFolders = ["/sys", "/run", "/var/tmp", "/root", "/home", "/mnt", "/media", "/srv"];

/**
 * What tools keep below the home folder and need for running: programs and package caches. An allow-list, for nobody
 * can list all the places of secrets. Folders that also hold credentials appear by their harmless parts only.
 */
const homeToolState =
  `.local/bin .local/lib .local/share/mise .local/share/fnm .local/share/uv .local/share/pnpm .nvm .volta
  .fnm .asdf .rbenv .pyenv .rustup .cargo/bin .cargo/registry .cargo/git .bun/bin .deno/bin go/bin go/pkg/mod
  .sdkman/candidates .m2/repository .gradle/wrapper .gradle/caches .npm/_cacache .yarn/berry/cache .cache/yarn .cache/pip
  .cache/uv .cache/go-build .cache/ms-playwright .config/git/ignore`
    .split(/\s+/)
    .filter((path) => path !== "");

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const rootSecrets = ["/etc/shadow", "/etc/shadow-"];
const rootSecretFolders = ["/etc/ssh", "/etc/ssl/private"];

/** Dotfiles and projects have a `bin` too: a tool's own folder holds what its programs need, and is no repository. */
const isToolPrefix = (folder: string): boolean =>
  ["lib", "share", "include"].some((name) => isFolder(join(folder, name))) && !existsSync(join(folder, ".git"));

/** A program's folder in the home, with the folder above it where that is a tool's own (`~/miniconda3/bin`). */
const programFolder = (entry: string, home: string): string | null => {
  const path = realPathOf(entry);
  if (path === null || path === home || !isWithin(path, home)) return null;
  const above = dirname(path);
  const mayBeTool = basename(path) === "bin" && above !== home && !basename(above).startsWith(".");
  return mayBeTool && isToolPrefix(above) ? above : path;
};

const textOrEmpty = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** The home folder's real path, and null when there is none. */
export const homeFolder = (): string | null => realPathOf(homedir());

/** The user's own git configuration, as it stands. */
const userGitSettings = (home: string | null): string =>
  home === null ? "" : `${textOrEmpty(join(home, ".config/git/config"))}\n${textOrEmpty(join(home, ".gitconfig"))}`;

/** The harmless part of it. */
export const userGitConfig = (home: string | null): string => harmlessGitConfig(userGitSettings(home));

/** Looks at the machine once per process: some fifty paths, no process. */
export const gatherHostFacts = (bubblewrap: string): HostFacts => {
  const home = homeFolder();
  const isRoot = process.getuid?.() === 0;
  const candidates = [...maskedFolders, ...(home ? [home] : []), ...(isRoot ? rootSecretFolders : [])];
  const masked = outermost(
    candidates
      .map(realPathOf)
      .filter((path): path is string => path !== null && path !== "/" && path !== "/tmp" && isFolder(path)),
  );
  const programs = home ? (process.env.PATH ?? "").split(delimiter).map((entry) => programFolder(entry, home)) : [];
  const state = home ? homeToolState.map((path) => realPathOf(join(home, path))) : [];
  const toolState = outermost(
    [...programs, ...state].filter((path): path is string => path !== null && isWithinAny(path, masked)),
  );
  return {
    bubblewrap,
    shell: existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh",
    isRoot,
    masked,
    toolState: toolState.filter((path) => path !== home && !masked.includes(path)),
    secretFiles: isRoot ? rootSecrets.filter((path) => existsSync(path)) : [],
    gitConfigTarget: home === null || userGitConfig(home) === "" ? null : join(home, ".gitconfig"),
    resolverFolders: ["/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"].filter(isFolder),
    memoryKiB: Math.floor(totalmem() / 1024),
  };
};

/**
 * Paths of the sockets that somebody listens at. A read-only mount does not keep anybody from connecting, and new ones
 * come and go, so this is looked up for every command.
 */
export const listeningSockets = (): string[] => {
  const paths = textOrEmpty("/proc/net/unix")
    .split("\n")
    .map((line) => /^\S+ \S+ \S+ \S+ \S+ \S+ +\d+ (\/.*)$/.exec(line)?.[1])
    .filter((path) => path !== undefined);
  return [...new Set(paths)].map(realPathOf).filter((path) => path !== null);
};
