import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "../attack.ts";
import { makeRepository, type Scene } from "../scene.ts";

const planted = (path: string, text: (s: Scene) => string, prepare: Attack["prepare"] = () => {}): Attack => ({
  name: `${path} planted`,
  class: "configuration",
  severe: true,
  prepare,
  script: (s) => `mkdir -p "$(dirname ${path})"; rmdir ${path} 2>/dev/null; printf '%s' '${text(s)}' > ${path}`,
  escaped: (s) => existsSync(join(s.workspace, path)),
});

/** The user's git goes for its hooks, or for settings, where `prepare` says; a command puts them there. */
const hooks = (
  what: string,
  attack: { path: string; prepare: (s: Scene) => void; text?: (s: Scene) => string; folder?: string },
): Attack => ({
  name: `hooks where git is told to look: ${what}`,
  class: "configuration",
  severe: true,
  prepare: (s) => {
    makeRepository(s);
    attack.prepare(s);
  },
  script: (s) =>
    [
      `plant() { mkdir -p "$(dirname ${attack.path})"; rm -f ${attack.path}; ${attack.text ? `printf '%s' '${attack.text(s)}'` : `cat ${s.evil}`} > ${attack.path}; chmod +x ${attack.path}; }`,
      `plant; mv ${attack.path.split("/")[0]} elsewhere; cp -a elsewhere ${attack.path.split("/")[0]}; plant`,
      `mkdir -p evil-hooks; cp ${s.evil} evil-hooks/pre-commit; cp ${s.evil} evil-hooks/post-index-change; git switch -qc other`,
    ].join("\n"),
  escaped: (s) => {
    s.useGit(join(s.workspace, attack.folder ?? "."));
    return s.ranOutside();
  },
});

const configure = (s: Scene, ...args: string[]): void => {
  s.host(["git", "config", ...args]);
};
const toEvilHooks = (s: Scene): string => `[core]\n\thooksPath = ${s.workspace}/evil-hooks\n`;

const hookAttacks: readonly Attack[] = [
  hooks("on the section's line, the second of two", {
    path: "b/pre-commit",
    prepare: (s) => {
      const config = join(s.workspace, ".git/config");
      s.write(config, `${readFileSync(config, "utf8")}[core] hooksPath = a\n[core] hooksPath = b\n`);
    },
  }),
  hooks("by the worktree's own settings", {
    path: "tools/hooks/pre-commit",
    prepare: (s) => {
      configure(s, "extensions.worktreeConfig", "true");
      configure(s, "--worktree", "core.hooksPath", "tools/hooks");
    },
  }),
  hooks("by the user's settings, below the home folder", {
    path: "h/pre-commit",
    prepare: (s) => configure(s, "--global", "core.hooksPath", "~/../workspace/h"),
  }),
  hooks("by the user's settings, in a nested repository", {
    path: "sub/.h/pre-commit",
    folder: "sub",
    prepare: (s) => {
      makeRepository(s, join(s.workspace, "sub"));
      configure(s, "--global", "core.hooksPath", ".h");
    },
  }),
  hooks("by settings for another branch", {
    path: ".h/pre-commit",
    prepare: (s) => {
      s.write(join(s.home, "more"), "[core]\n\thooksPath = .h\n");
      configure(s, "--global", "includeIf.onbranch:other.path", "more");
    },
  }),
  hooks("husky in a subfolder", {
    path: "web/.husky/pre-commit",
    prepare: (s) => {
      configure(s, "core.hooksPath", "web/.husky/_");
      s.write(join(s.workspace, "web/.husky/_/pre-commit"), '#!/bin/sh\nsh "$(dirname "$0")/../pre-commit"\n', 0o755);
      s.write(join(s.workspace, "web/.husky/pre-commit"), "true\n");
    },
  }),
  hooks("by a file of the project that its settings include", {
    path: ".gitconfig",
    text: toEvilHooks,
    prepare: (s) => {
      configure(s, "include.path", "../.gitconfig");
      s.write(join(s.workspace, ".gitconfig"), "[pull]\n\trebase = true\n");
    },
  }),
  hooks("by a file that settings include and that is not there", {
    path: "conf/git",
    text: toEvilHooks,
    prepare: (s) => configure(s, "--global", `includeIf.gitdir:${s.workspace}/.path`, join(s.workspace, "conf/git")),
  }),
];

export const configurationAttacks: readonly Attack[] = [
  planted(".vscode/tasks.json", () => "{}"),
  planted(".idea/workspace.xml", () => "<x/>"),
  planted(".mcp.json", () => "{}"),
  planted(".claude/settings.json", () => "{}"),
  planted(".codex/config.toml", () => "x=1"),
  planted(".cursor/mcp.json", () => "{}"),
  planted(".gemini/settings.json", () => "{}"),
  planted(".fettle/config.toml", () => "x=1"),
  planted(".husky/pre-commit", (s) => s.evil),
  planted(".zed/tasks.json", () => "[]"),
  planted("opencode.json", () => "{}"),
  ...hookAttacks,
  {
    name: "settings that are there, changed by a rename",
    class: "configuration",
    severe: true,
    prepare: (s) => {
      s.write(join(s.workspace, ".vscode/settings.json"), "{}");
    },
    script: () => "mv .vscode old; mkdir .vscode; echo evil > .vscode/settings.json; echo evil > .vscode/tasks.json",
    escaped: (s) => existsSync(join(s.workspace, ".vscode/tasks.json")),
  },
  {
    name: "settings behind a link to the workspace",
    class: "configuration",
    severe: true,
    prepare: (s) => {
      mkdirSync(join(s.workspace, "settings"));
      symlinkSync("settings", join(s.workspace, ".vscode"));
    },
    script: () => "echo evil > settings/tasks.json",
    escaped: (s) => existsSync(join(s.workspace, "settings/tasks.json")),
  },
];
