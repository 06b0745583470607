import type { CommandWord } from "./command-words.ts";
import { hints, type Inner, type Look, unclear } from "./inside.ts";

/* Programs that start what an option of theirs says. */

type CodeOptions = {
  /** Long options whose value is a command, in the order in which a name cut short is looked up. */
  readonly names: readonly string[];
  /** Letters whose value is a command. */
  readonly letters: string;
  /** Letters that take another value, which ends a cluster. */
  readonly valued: string;
  /** What is in front of the command in a value: `exec=`. Without it the value is no command. */
  readonly marker?: Readonly<Record<string, RegExp>>;
};

const inCluster = (text: string, { letters, valued }: CodeOptions): { letter: string; attached: string } | null => {
  for (let at = 1; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (letters.includes(letter)) return { letter, attached: text.slice(at + 1) };
    if (valued.includes(letter)) return null;
  }
  return null;
};

/** The option with code that a word is, and the value attached to it; null for other words. */
const optionIn = (word: CommandWord, options: CodeOptions): { name: string; attached: string | null } | null => {
  const text = word.value ?? word.shown;
  if (/^-[^-]/.test(text)) {
    const found = inCluster(text, options);
    return found === null ? null : { name: found.letter, attached: found.attached === "" ? null : found.attached };
  }
  const [, given = "", equals, attached = ""] = /^--([\w-]+)(=)?(.*)$/s.exec(text) ?? [];
  const name = options.names.find((one) => given.length > 2 && one.startsWith(given));
  return name === undefined ? null : { name, attached: equals === undefined ? null : attached };
};

const throughCodeOptions =
  (options: CodeOptions): Look =>
  (words) => {
    const inner: Inner[] = [];
    for (const [index, word] of words.entries()) {
      if (index === 0) continue;
      if (word.value === "--") break;
      const option = optionIn(word, options);
      if (option === null) continue;
      const next = words[index + 1]?.value ?? null;
      const value = option.attached === null ? next : word.value === null ? null : option.attached;
      if (value === null) return unclear("a command in an option is computed");
      const marker = options.marker?.[option.name];
      if (marker === undefined || marker.test(value))
        inner.push({ script: value.replace(marker ?? "", ""), posix: true });
    }
    return hints(inner);
  };

const tarOptions: CodeOptions = {
  names:
    "checkpoint-action to-command use-compress-program info-script new-volume-script rsh-command rmt-command".split(
      " ",
    ),
  letters: "IF",
  valued: "fCbgKNTVXLH",
  marker: { "checkpoint-action": /^exec=/ },
};
/** `tar cIf PROGRAM FILE`: letters without a dash take the words behind them in turn. */
const throughTar: Look = (words, redirects) =>
  /^[a-zA-Z]*[IF][a-zA-Z]*$/.test(words[1]?.value ?? "")
    ? unclear("its first letters name a program")
    : throughCodeOptions(tarOptions)(words, redirects);

/** What `vim -c` may do without a word: save, end, replace, set. */
const plainEdit =
  /^:?(?:(?:wq?a?|x|qa?|up(?:date)?)!?|\d+|(?:%|\d+(?:,\d+|,\$)?)?s[/#,][^\\|=!]*|set? [\w=, ]+|norm(?:al)?!? [\w ]+)$/;
const throughVim: Look = (words) => {
  for (const [index, word] of words.entries()) {
    const text = word.value ?? (word.mayBeOption && index > 0 ? "-c" : "");
    if (text === "--") break;
    const attached = /^\+(.+)$/s.exec(text)?.[1];
    const code = /^(?:-c|--cmd|-S)$/.test(text) ? (words[index + 1]?.value ?? "!") : attached;
    if (index > 0 && code !== undefined && !plainEdit.test(code) && !code.startsWith("/"))
      return unclear("a command of the editor may run programs");
  }
  return null;
};

const throughExpect: Look = (words) =>
  words.some((word) => /^-(?:c|i|$)/.test(word.value ?? "-c")) || words.length === 1
    ? unclear("a script of expect starts programs")
    : null;

const throughPwsh: Look = (words) => {
  const [name, first] = words;
  const option = first?.value?.toLowerCase() ?? "";
  if (/^--?(?:version|v|help|h|\?)$/.test(option)) return null;
  const isFile =
    /^-f(?:i(?:l(?:e)?)?)?$/.test(option) || (name?.value?.endsWith("pwsh") === true && /^[^-]/.test(option));
  return isFile ? null : unclear("its script is not for a known shell");
};

export const optionLooks: Readonly<Record<string, Look>> = {
  tar: throughTar,
  gtar: throughTar,
  bsdtar: throughTar,
  sort: throughCodeOptions({ names: ["compress-program"], letters: "", valued: "" }),
  split: throughCodeOptions({ names: ["filter"], letters: "", valued: "" }),
  rsync: throughCodeOptions({ names: ["rsh", "rsync-path"], letters: "e", valued: "fBTM" }),
  scp: throughCodeOptions({ names: [], letters: "S", valued: "cDFiJloPX" }),
  sftp: throughCodeOptions({ names: [], letters: "S", valued: "bBcDFiJlosPRX" }),
  man: throughCodeOptions({ names: ["pager", "html"], letters: "P", valued: "CRLmMsSeprTEH" }),
  zip: throughCodeOptions({ names: ["unzip-command"], letters: "", valued: "" }),
  nodemon: throughCodeOptions({ names: ["exec"], letters: "x", valued: "ewiCdsV" }),
  vim: throughVim,
  vi: throughVim,
  nvim: throughVim,
  view: throughVim,
  ex: throughVim,
  expect: throughExpect,
  pwsh: throughPwsh,
  powershell: throughPwsh,
};
