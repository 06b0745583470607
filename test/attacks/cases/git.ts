import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "../attack.ts";
import { identity, linkWorkspace, makeRepository, type Scene } from "../scene.ts";

/*
 * Each plants something and then the user uses git on the host, in the workspace and in the folders named. What it
 * planted ran if the proof is there. Inside, the program cannot make the proof; should it, that is an escape as well.
 */

export const git = (
  name: string,
  script: Attack["script"],
  more: Partial<Attack> & { folders?: readonly string[]; afterwards?: (scene: Scene) => void } = {},
): Attack => {
  const { folders = [], afterwards = () => {}, ...attack } = more;
  return {
    name,
    class: "git",
    severe: true,
    prepare: (scene) => makeRepository(scene),
    script,
    escaped(scene) {
      for (const folder of [".", ...folders]) {
        const path = join(scene.workspace, folder);
        if (existsSync(path)) scene.useGit(path);
      }
      afterwards(scene);
      return scene.ranOutside();
    },
    ...attack,
  };
};

export const asFsmonitor = (s: Scene): string =>
  `printf '[core]\\n\\trepositoryformatversion = 0\\n\\tfsmonitor = ${s.evil}\\n'`;

const withWorktree = (s: Scene): void => {
  makeRepository(s);
  s.host(["git", "worktree", "add", "-q", join(s.outside, "wt"), "-b", "wt"]);
  s.host(["git", "worktree", "add", "-q", join(s.workspace, "inner"), "-b", "inner"]);
};

const withSubmodule = (s: Scene): void => {
  makeRepository(s, join(s.outside, "library"));
  makeRepository(s);
  s.host(["git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", join(s.outside, "library"), "sub"]);
  s.host(["git", "commit", "-qm", "submodule"]);
};

export const gitAttacks: readonly Attack[] = [
  git(
    "hooks",
    (s) =>
      `mkdir -p .git/hooks; for h in pre-commit post-commit post-checkout reference-transaction post-index-change; do cp ${s.evil} .git/hooks/$h; chmod +x .git/hooks/$h; done`,
  ),
  git(
    "the folder of hooks replaced",
    (s) => `mv .git/hooks .git/old; rm -rf .git/hooks; mkdir .git/hooks; cp ${s.evil} .git/hooks/post-index-change`,
  ),
  git(
    "a hook that is there, changed",
    (s) => `echo 'touch ${s.proof}' >> .git/hooks/pre-commit; cp ${s.evil} .git/hooks/pre-commit`,
    {
      prepare: (s) => {
        makeRepository(s);
        s.write(join(s.workspace, ".git/hooks/pre-commit"), "#!/bin/sh\ntrue\n", 0o755);
      },
    },
  ),
  git("git config", (s) => `git config core.fsmonitor ${s.evil}; git config core.hooksPath ${s.workspace}`),
  git(
    "the configuration by hand",
    (s) => `${asFsmonitor(s)} >> .git/config; ${asFsmonitor(s)} > c; mv -f c .git/config`,
  ),
  git(
    "the lock file of the configuration",
    (s) => `${asFsmonitor(s)} > .git/config.lock; mv -f .git/config.lock .git/config`,
  ),
  git(
    "the repository exchanged",
    (s) => `cp -r .git copy; mv .git gone; rm -rf .git; mv copy .git; ${asFsmonitor(s)} > .git/config`,
  ),
  git(
    "the repository exchanged for a file",
    (s) => `cp -r .git fake; ${asFsmonitor(s)} > fake/config; rm -rf .git; echo 'gitdir: fake' > .git`,
  ),
  git(
    "commondir",
    (s) => `cp -r .git fake; ${asFsmonitor(s)} > fake/config; echo ${s.workspace}/fake > .git/commondir`,
  ),
  git("config.worktree", (s) => `${asFsmonitor(s)} > .git/config.worktree`, {
    prepare: (s) => {
      makeRepository(s);
      s.host(["git", "config", "extensions.worktreeConfig", "true"]);
    },
  }),
  git(
    "attributes for a filter that the user has",
    () => "mkdir -p .git/info; echo '* filter=mine' > .git/info/attributes; echo x > y",
    {
      prepare: (s) => {
        makeRepository(s);
        s.host(["git", "config", "filter.mine.clean", s.evil]);
      },
    },
  ),
  git(
    "a repository where there was none",
    (s) =>
      `git init -q; rmdir .git; mkdir .git; git init -q; git config core.fsmonitor ${s.evil}; cp ${s.evil} .git/hooks/post-checkout`,
    {
      prepare: () => {},
    },
  ),
  git(
    "a link to a repository where there was none",
    (s) =>
      `git init -q fake; git -C fake config core.fsmonitor ${s.evil}; ln -s fake/.git .git; rmdir .git && ln -s fake/.git .git`,
    {
      prepare: () => {},
    },
  ),
  git(
    "folder of hooks in the tree",
    (s) =>
      `for f in .githooks/pre-commit .githooks/post-index-change; do cp ${s.evil} $f; chmod +x $f; done; mv .githooks o; mkdir .githooks; cp ${s.evil} .githooks/pre-commit`,
    {
      prepare: (s) => {
        s.write(join(s.workspace, ".githooks/pre-commit"), "#!/bin/sh\ntrue\n", 0o755);
        makeRepository(s);
        s.host(["git", "config", "core.hooksPath", ".githooks"]);
      },
    },
  ),
  git(
    "folder of hooks that the user's own configuration names",
    (s) => `mkdir -p my/hooks; cp ${s.evil} my/hooks/pre-commit; cp ${s.evil} my/hooks/post-index-change`,
    {
      prepare: (s) => {
        s.write(join(s.workspace, "my/hooks/pre-commit"), "#!/bin/sh\ntrue\n", 0o755);
        s.write(join(s.home, ".gitconfig"), `${identity}[core]\n\thooksPath = my/hooks\n`);
        makeRepository(s);
      },
    },
  ),
  git(
    "repository of a submodule",
    (s) =>
      `for f in .git/modules/sub/config .git/modules/sub/hooks/post-index-change; do ${asFsmonitor(s)} >> $f; cp ${s.evil} $f; done; mv .git/modules/sub .git/modules/old && cp -r .git/modules/old .git/modules/sub && ${asFsmonitor(s)} >> .git/modules/sub/config`,
    {
      prepare: withSubmodule,
      folders: ["sub"],
    },
  ),
  git(
    "a submodule's file exchanged",
    (s) =>
      `git init -q fake; git -C fake commit -q --allow-empty -m x; git -C fake config core.fsmonitor ${s.evil}; rm -f sub/.git; echo "gitdir: ../fake/.git" > sub/.git; mv sub old; mkdir sub; echo "gitdir: ../fake/.git" > sub/.git`,
    {
      prepare: withSubmodule,
      folders: ["sub"],
    },
  ),
  git(
    "a submodule in the index with a repository of its own",
    (s) =>
      `git init -q evilsub; cd evilsub; git commit -q --allow-empty -m x; git config core.fsmonitor ${s.evil}; h=$(git rev-parse HEAD); cd ..; printf '[submodule "evilsub"]\\n\\tpath = evilsub\\n\\turl = ./evilsub\\n' > .gitmodules; git update-index --add --cacheinfo 160000,$h,evilsub`,
  ),
  git(
    "a worktree elsewhere led to other configuration",
    (s) =>
      `cp -r .git fake; ${asFsmonitor(s)} > fake/config; for w in .git/worktrees/*; do echo ${s.workspace}/fake > $w/commondir; ${asFsmonitor(s)} > $w/config.worktree; done; mv .git/worktrees/wt .git/worktrees/x; mv .git/worktrees .git/w`,
    {
      prepare: withWorktree,
      folders: ["inner", "../outside/wt"],
    },
  ),
  git(
    "a worktree elsewhere forgotten",
    () => "git worktree prune --expire=now; rm -rf .git/worktrees/wt; git gc -q --prune=now",
    {
      severe: false,
      prepare: withWorktree,
      escaped: (s) => !existsSync(join(s.workspace, ".git/worktrees/wt/HEAD")),
    },
  ),
  git(
    "the file of a worktree exchanged",
    (s) =>
      `git init -q fake; git -C fake config core.fsmonitor ${s.evil}; rm -f inner/.git; echo 'gitdir: ../fake/.git' > inner/.git; mv inner old; mkdir inner; echo 'gitdir: ../fake/.git' > inner/.git`,
    {
      prepare: withWorktree,
      folders: ["inner"],
    },
  ),
  git(
    "a new worktree led to other configuration",
    (s) =>
      `cp -r .git fake; ${asFsmonitor(s)} > fake/config; git worktree add -q new -b new; echo ${s.workspace}/fake > .git/worktrees/new/commondir`,
    {
      folders: ["new"],
    },
  ),
  git(
    "a new worktree with configuration of its own",
    (s) => `git worktree add -q new -b new; ${asFsmonitor(s)} > .git/worktrees/new/config.worktree`,
    {
      folders: ["new"],
      prepare: (s) => {
        makeRepository(s);
        s.host(["git", "config", "extensions.worktreeConfig", "true"]);
      },
    },
  ),
  git(
    "from a linked worktree into the main repository",
    (s) =>
      `m=$(git rev-parse --git-common-dir); cp ${s.evil} $m/hooks/post-index-change; ${asFsmonitor(s)} >> $m/config; for w in $m/worktrees/*; do echo ${s.workspace}/fake > $w/commondir; done; cp -r $m fake; ${asFsmonitor(s)} > fake/config`,
    {
      prepare: (s) => {
        linkWorkspace(s);
      },
      folders: ["../outside/main"],
    },
  ),
  git(
    "nested repository behind a link",
    (s) =>
      `git init -q --bare hidden; git -C hidden config core.fsmonitor ${s.evil}; git -C hidden config core.bare false; mkdir n; ln -s ../hidden n/.git`,
    { folders: ["n"] },
  ),
  git(
    "nested repository behind a file",
    (s) =>
      `mkdir -p deep/store; git init -q --separate-git-dir=deep/store n; git -C n config core.fsmonitor ${s.evil}; mv deep/store/HEAD deep/store/HEAD2; printf 'ref: refs/heads/main' > deep/store/HEAD`,
    { folders: ["n"] },
  ),
  git(
    "nested repository deep in a new tree",
    (s) => `mkdir -p a/b/c/d/e; git init -q a/b/c/d/e; git -C a/b/c/d/e config core.fsmonitor ${s.evil}`,
    { folders: ["a/b/c/d/e"] },
  ),
  git(
    "nested repository in an installed package",
    (s) => `mkdir -p node_modules/p; git init -q node_modules/p; git -C node_modules/p config core.fsmonitor ${s.evil}`,
    { folders: ["node_modules/p"] },
  ),
  git(
    "nested repository in a folder that cannot be listed",
    (s) => `mkdir -p shut/n; git init -q shut/n; git -C shut/n config core.fsmonitor ${s.evil}; chmod 311 shut`,
    { folders: ["shut/n"] },
  ),
  git(
    "a nested repository's parent exchanged",
    (s) =>
      `mv group old; mkdir -p group/n; git init -q group/n; git -C group/n config core.fsmonitor ${s.evil}; ${asFsmonitor(s)} >> group/n/.git/config`,
    {
      prepare: (s) => {
        makeRepository(s);
        makeRepository(s, join(s.workspace, "group/n"));
      },
      folders: ["group/n"],
    },
  ),
  git(
    "planted bare repository",
    (s) =>
      `git init -q --bare b; git -C b config core.fsmonitor ${s.evil}; git -C b config core.bare false; git -C b config core.worktree .`,
    { folders: ["b"] },
  ),
  git(
    "planted bare repository with an alias of git's words",
    (s) =>
      `git init -q --bare docs; git -C docs config core.pager ${s.evil}; git -C docs config pager.status true; git -C docs config alias.x '!${s.evil}'`,
    {
      folders: ["docs"],
      afterwards: (s) => {
        s.host(["git", "x"], join(s.workspace, "docs"));
      },
    },
  ),
  git(
    "planted bare repository by commondir",
    (s) =>
      `git init -q --bare parts; git -C parts config core.fsmonitor ${s.evil}; git -C parts config core.bare false; mkdir b; echo 'ref: refs/heads/main' > b/HEAD; echo ../parts > b/commondir`,
    { folders: ["b"] },
  ),
  git(
    "a bare repository that is there, changed",
    (s) =>
      `git -C fixture.git config core.fsmonitor ${s.evil}; git -C fixture.git config core.bare false; cp ${s.evil} fixture.git/hooks/post-index-change`,
    {
      prepare: (s) => {
        makeRepository(s);
        s.host(["git", "init", "-q", "--bare", "fixture.git"]);
      },
      folders: ["fixture.git"],
    },
  ),
  git(
    "a folder that links to where commands keep temporary files",
    (s) =>
      `d=$(awk '$5 == "/tmp" { print $4 }' /proc/self/mountinfo); git init -q /tmp/n; git -C /tmp/n config core.fsmonitor ${s.evil}; ln -s $d/n linked`,
    {
      folders: ["linked"],
    },
  ),
  git(
    "commands for a rebase that the user goes on with",
    (s) =>
      `echo 1 > f; git add f; git commit -qm 1; echo 2 > f; git commit -qam 2; GIT_SEQUENCE_EDITOR='sed -i 1s/pick/edit/' git rebase -q -i HEAD~1; echo 'exec ${s.evil}' >> .git/rebase-merge/git-rebase-todo`,
    {
      escaped: (s) => {
        s.host(["git", "rebase", "--continue"]);
        return s.ranOutside();
      },
    },
  ),
  git(
    "a pack of objects elsewhere",
    (s) =>
      `mkdir -p .git/objects/info; echo ${s.outside}/objects > .git/objects/info/alternates; echo x > ${s.outside}/objects`,
    {
      severe: false,
      prepare: (s) => {
        mkdirSync(join(s.workspace, "empty"));
        makeRepository(s);
      },
      escaped: (s) => s.canaryTouched() || existsSync(join(s.outside, "objects")),
    },
  ),
];
