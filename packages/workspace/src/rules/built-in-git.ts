import type { CommandWord } from "../shell/command-words.ts";
import { type CommandArguments, hasOption, readArguments } from "./arguments.ts";
import { type BuiltInRule, builtInRule } from "./built-in-rule.ts";
import { namesProgram } from "./git-programs.ts";
import { withoutGitOptions } from "./prefix.ts";

type Subcommand = (args: CommandArguments) => boolean;

/** The subcommand and what follows it, without git's own options. */
const split = (words: readonly CommandWord[]): { name: CommandWord | undefined; args: CommandArguments } => {
  const git: CommandWord = { value: "git", text: "git", shown: "git", splits: false, mayBeOption: false };
  const bare = withoutGitOptions([git, ...words])?.words.slice(1) ?? words;
  return { name: bare[0], args: readArguments(bare.slice(1)) };
};

const subcommand = (tests: Readonly<Record<string, Subcommand>>) => (args: CommandArguments) => {
  const { name, args: rest } = split(args.words);
  return name?.value != null && Object.hasOwn(tests, name.value) && tests[name.value]?.(rest) === true;
};

/** The subcommand, and those words behind it that a test picks. */
const subcommandAnd =
  (pick: (args: CommandArguments, name: string) => readonly CommandWord[]) =>
  ({ words }: CommandArguments): readonly CommandWord[] => {
    const { name, args } = split(words);
    return name === undefined ? words : [name, ...pick(args, name.value ?? "")];
  };

const always: Subcommand = () => true;
const firstIs =
  (...names: readonly string[]): Subcommand =>
  ({ words: [first] }) =>
    first !== undefined && (first.value === null ? first.splits : names.includes(first.value));

const isUrl = (word: CommandWord): boolean => word.value === null || /^(?!file:)[^/]*:/.test(word.value);
const isPath = (word: CommandWord): boolean => /^(?:\.{0,2}\/|\.{1,2}$|file:)/.test(word.value ?? "");
const clonesFromAfar: Subcommand = ({ operands }) => !operands.some(isPath) || operands.some(isUrl);

/** Push takes long options cut short, and `+` or `:` before a branch says the same as `--force` or `--delete`. */
const rewrites = (word: CommandWord): boolean =>
  word.value === null
    ? word.mayBeOption
    : /^[+:]./.test(word.value) ||
      hasOption(readArguments([word]), "f", "d", "--force", "--force-with-lease", "--delete", "--mirror", "--prune");
const rewritesRemote: Subcommand = (args) => args.unknownOptions || args.words.some(rewrites);

const usesProgram = ({ words }: CommandArguments): boolean => {
  const { name, args } = split(words);
  return namesProgram(name?.value ?? "", args.words);
};

const withoutForce = (words: readonly CommandWord[]): boolean =>
  words.some(({ value, shown }) => /^clean\.requireforce(?:=|$)/i.test(value ?? shown));

const deletesBranch: Subcommand = (args) =>
  hasOption(args, "D", "f", "--force") || (args.unknownOptions && !hasOption(args, "--list"));

const cleans: Subcommand = (args) =>
  (hasOption(args, "f", "--force") || args.unknownOptions) && !hasOption(args, "n", "--dry-run");

const ongoing = /^--(?:abort|continue|skip|quit|edit-todo|show-current-patch)$/;

export const gitRules: readonly BuiltInRule[] = [
  builtInRule({
    name: "git network",
    decision: "ask",
    run: "host",
    precision: 2,
    reason: "needs the network and your credentials, so it runs outside of the sandbox",
    programs: "git",
    test: subcommand({
      push: always,
      fetch: always,
      pull: always,
      "ls-remote": always,
      "fetch-pack": always,
      "send-pack": always,
      clone: clonesFromAfar,
      lfs: firstIs("push", "pull", "fetch", "clone"),
      remote: (args) =>
        firstIs("update", "show", "prune")(args) || (firstIs("add")(args) && hasOption(args, "f", "--fetch")),
      submodule: firstIs("update", "add"),
      archive: (args) => hasOption(args, "--remote"),
    }),
    triggers: subcommandAnd(({ words, options }, name) => {
      if (name === "archive") return words.filter(({ value }) => options.includes(value ?? ""));
      return ["lfs", "remote", "submodule"].includes(name) ? words.slice(0, 1) : [];
    }),
    match: ["git push", "git -C sub fetch --all", "git clone https://host/x.git", "git submodule update --init"],
    notMatch: ["git status", "git remote -v", "git clone ../other copy", "git commit -m push"],
  }),
  builtInRule({
    name: "git transfer with a program",
    decision: "ask",
    run: "host",
    precision: 4,
    reason: "names a program or settings for git to use, outside of the sandbox",
    programs: "git",
    test: usesProgram,
    match: ["git push --receive-pack=x origin", "git fetch --upload x y", "git clone -c a=b x:y", "git clone -qux h:y"],
    notMatch: ["git push -u origin main", "git fetch --all --prune", "git log --exec"],
  }),
  builtInRule({
    name: "force push",
    decision: "ask",
    run: "host",
    precision: 3,
    reason: "rewrites or deletes what others may have from the remote repository",
    programs: "git",
    test: subcommand({ push: rewritesRemote }),
    triggers: subcommandAnd(({ words, unknownOptions }) => (unknownOptions ? words : words.filter(rewrites))),
    match: [
      "git push --force",
      "git push -f origin main",
      "git push origin +main",
      "git push origin :old",
      "git push $X",
    ],
    notMatch: ["git push", "git push -u origin main", "git push origin HEAD:main"],
  }),
  builtInRule({
    name: "git reset --hard",
    decision: "ask",
    precision: 3,
    reason: "throws away changes that are not committed",
    programs: "git",
    test: subcommand({ reset: (args) => hasOption(args, "--hard") || args.unknownOptions }),
    triggers: subcommandAnd(({ words, unknownOptions }) =>
      unknownOptions ? words : words.filter((word) => hasOption(readArguments([word]), "--hard")),
    ),
    match: ["git reset --hard", "git reset --hard HEAD~3", "git -C x reset --har", "git reset $MODE HEAD"],
    notMatch: ["git reset", "git reset --soft HEAD~1", "git reset HEAD file"],
  }),
  builtInRule({
    name: "rewriting history",
    decision: "ask",
    precision: 2,
    reason: "rewrites commits",
    programs: "git",
    test: subcommand({
      rebase: ({ options }) => !options.some((option) => ongoing.test(option)),
      "filter-branch": always,
      "filter-repo": always,
    }),
    triggers: subcommandAnd(({ words }, name) => (name === "rebase" ? [] : words)),
    match: ["git rebase main", "git rebase -i HEAD~3", "git filter-branch --tree-filter x"],
    notMatch: ["git rebase --abort", "git rebase --continue", "git commit --amend"],
  }),
  builtInRule({
    name: "deleting git's records",
    decision: "ask",
    precision: 3,
    reason: "deletes branches, stashes or the reflog, from which work could be brought back",
    programs: "git",
    test: subcommand({
      branch: deletesBranch,
      stash: firstIs("drop", "clear"),
      reflog: firstIs("expire", "delete"),
      "update-ref": (args) => hasOption(args, "d", "--delete", "--stdin"),
      gc: ({ options }) => options.some((option) => /^--prune=(?:now|all)/.test(option)),
      prune: always,
      worktree: (args) => firstIs("remove")(args) && hasOption(args, "f", "--force"),
    }),
    match: ["git branch -D old", "git stash drop", "git stash clear", "git reflog expire --all", "git branch -d -f x"],
    notMatch: ["git branch -d merged", "git branch -M main", "git stash", "git stash pop", "git reflog", "git gc"],
  }),
  builtInRule({
    name: "git clean",
    decision: "ask",
    precision: 3,
    reason: "deletes files that git does not know",
    programs: "git",
    test: (args) =>
      subcommand({ clean: cleans })(args) ||
      (withoutForce(args.words) && subcommand({ clean: (rest) => !hasOption(rest, "n", "--dry-run") })(args)),
    match: ["git -c clean.requireForce=false clean -d", "git clean -fd", "git clean -xdf", "git clean --force"],
    notMatch: ["git clean -n", "git clean -nfd"],
  }),
  builtInRule({
    name: "computed git command",
    decision: "ask",
    precision: 2,
    reason: "which git command this is, is known only when it runs",
    programs: "git",
    test: ({ words }) => {
      const { name } = split(words);
      return name !== undefined && name.value === null;
    },
    match: ["git $COMMAND", 'git "$@"', "git -C $DIR $COMMAND"],
    notMatch: ["git log $RANGE", "git -C $DIR status"],
  }),
];
