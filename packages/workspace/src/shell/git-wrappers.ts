import type { CommandWord } from "./command-words.ts";
import { hints, type Inner, type Inside, joined, type Look, runs, script, unclear } from "./inside.ts";

/** Settings of git that name a program to run, or a file with more of them. */
const programSettings =
  /^(?:alias|core\.(?:editor|pager|sshcommand|fsmonitor|hookspath|askpass|gitproxy|alternaterefscommand|attributesfile|worktree)|pager|sequence\.editor|credential|diff|filter|merge|mergetool|difftool|guitool|gpg|interactive|protocol\.ext|include|includeif|url|remote|submodule|trailer|tar|man|browser|instaweb|sendemail|imap|init\.templatedir|uploadpack|uploadarchive)(?:\.|=|$)/i;
const harmlessSetting = /=(?:|cat|true|false|less|:|\/dev\/null|\d+|histogram|patience|minimal|myers|zdiff3|diff3)$/i;

const valuedOptions = new Set(["-C", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source"]);

/** Where the subcommand stands; a text if what stands before it may run a program. */
const subcommandAt = (words: readonly CommandWord[]): number | string => {
  let at = 1;
  for (; at < words.length; at += 1) {
    const text = words[at]?.value ?? words[at]?.shown ?? "";
    if (text === "-c") {
      at += 1;
      const setting = words[at];
      if (setting?.value == null || (programSettings.test(setting.value) && !harmlessSetting.test(setting.value)))
        return "a setting of git may run a program";
    } else if (valuedOptions.has(text)) at += 1;
    else if (/^--(?:exec-path=|config-env)/.test(text)) return "a setting of git may run a program";
    else if (!text.startsWith("-")) break;
  }
  return at;
};

/** Options whose value git runs, by subcommand: the letter, and the long names. */
const codeOptions: Readonly<Record<string, readonly [letter: string, ...names: string[]]>> = {
  grep: ["O", "open-files-in-pager"],
  difftool: ["x", "extcmd"],
  rebase: ["x", "exec"],
  fetch: ["", "upload-pack"],
  pull: ["", "upload-pack"],
  "fetch-pack": ["", "upload-pack", "exec"],
  "ls-remote": ["", "upload-pack", "exec"],
  push: ["", "receive-pack", "exec"],
  "send-pack": ["", "receive-pack", "exec"],
  clone: ["u", "upload-pack"],
  archive: ["", "exec"],
  "send-email": ["", "sendmail-cmd", "to-cmd", "cc-cmd", "header-cmd"],
  instaweb: ["d", "httpd", "browser"],
  "filter-branch": [
    "",
    ..."setup env-filter tree-filter index-filter parent-filter msg-filter commit-filter tag-name-filter".split(" "),
  ],
};
/** These take their value attached only. */
const attachedOnly = new Set(["O", "open-files-in-pager"]);

/** The value of an option that holds code, in one word or the next; null when the word is another one. */
const codeIn = (
  words: readonly CommandWord[],
  index: number,
  [letter, ...names]: readonly string[],
): CommandWord | string | undefined | null => {
  const word = words[index];
  const text = word?.value ?? word?.shown ?? "";
  const [, given = "", equals, attached = ""] = /^--([\w-]+)(=)?(.*)$/s.exec(text) ?? [];
  const long = given.length > 1 ? names.find((name) => name.startsWith(given)) : undefined;
  const short = letter === "" ? null : new RegExp(`^-[a-zA-Z]*?${letter}(.*)$`, "s").exec(text);
  if (long === undefined && (short === null || letter === undefined)) return null;
  const value = long === undefined ? (short?.[1] ?? "") : attached;
  if (equals !== undefined || value !== "") return word?.value === null ? undefined : value;
  return attachedOnly.has(long ?? letter ?? "") ? null : words[index + 1];
};

const codeOf = (words: readonly CommandWord[], options: readonly string[]): Inside | null => {
  const inner: Inner[] = [];
  for (const index of words.keys()) {
    if (words[index]?.value === "--") break;
    const code = codeIn(words, index, options);
    if (code === null) continue;
    const text = typeof code === "string" ? code : (code?.value ?? null);
    if (text === null) return unclear("a program that git is to run is computed");
    inner.push({ script: text, posix: true });
  }
  return hints(inner);
};

/** `git config alias.x '!…'` names what a later command runs. */
const configured = (words: readonly CommandWord[]): Inside | null => {
  const at = words.findIndex(({ value }) => value !== null && /^[a-z][\w-]*\./i.test(value));
  const value = words[at + 1]?.value;
  if (at === -1 || value == null || !programSettings.test(words[at]?.value ?? "")) return null;
  const text = value.replace(/^!/, "");
  // The words of an alias are git's own, not a program's.
  const own = /^alias\./i.test(words[at]?.value ?? "") && text === value;
  return hints([{ script: own ? `git ${text}` : text, posix: false }]);
};

const throughSubmodule = (words: readonly CommandWord[]): Inside | null => {
  const each = words.findIndex((word) => word.value === "foreach");
  if (each === -1) return null;
  const rest = words.slice(each + 1).filter((word) => !/^(?:--recursive|-q|--quiet)$/.test(word.value ?? ""));
  const text = joined(rest);
  return text === null ? unclear("the command for each submodule is computed") : script(text, false);
};

const throughGit: Look = (words) => {
  const at = subcommandAt(words);
  if (typeof at === "string") return unclear(at);
  const [name, ...rest] = words.slice(at);
  const subcommand = name?.value ?? "";
  if (subcommand === "submodule") return throughSubmodule(rest);
  if (subcommand === "bisect" && rest[0]?.value === "run" && rest.length > 1) return runs(rest.slice(1), [], false);
  if (subcommand === "config") return configured(rest);
  const options = Object.hasOwn(codeOptions, subcommand) ? codeOptions[subcommand] : undefined;
  return options === undefined ? null : codeOf(rest, options);
};

export const gitLooks: Readonly<Record<string, Look>> = { git: throughGit };
