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
];
