import type { CommandWord } from "./command-words.ts";
import { type Inner, type Look, unclear } from "./inside.ts";

const execs = /^-(?:exec|execdir|ok|okdir)$/;
/** Tests and actions of find that take no value. */
const bare =
  /^-(?:o|or|a|and|not|print|print0|delete|ls|prune|quit|depth|d|xdev|mount|daystart|empty|true|false|executable|readable|writable|follow|noleaf|nouser|nogroup|L|H|P|E|s|x)$/;

const throughFind: Look = (words) => {
  const outer: CommandWord[] = [];
  const inner: Inner[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as CommandWord;
    const before = words[at - 1]?.value ?? "";
    const inExpression = outer.some((one, index) => index > 0 && /^[-(!]/.test(one.value ?? ""));
    const isValue = before.startsWith("-") && !bare.test(before);
    if (word.value === null && word.mayBeOption && word.splits && inExpression && !isValue)
      return unclear("what find does is computed");
    if (!execs.test(word.value ?? "")) {
      outer.push(word);
      continue;
    }
    const rest = words.slice(at + 1);
    const length = rest.findIndex(
      ({ value }, index) => value === ";" || (value === "+" && rest[index - 1]?.value === "{}"),
    );
    if (length < 1) return unclear("the command in find does not end");
    inner.push({ words: rest.slice(0, length).map(found), settings: [] });
    at += length + 1;
  }
  return inner.length === 0 ? null : { inner, outer, transparent: false, unclear: null };
};

const found = (word: CommandWord): CommandWord =>
  word.shown.includes("{}") ? { ...word, value: null, splits: word.value === "{}", mayBeOption: false } : word;

const throughFd: Look = (words) => {
  const at = words.findIndex((word) => /^(?:-[a-zA-Z]*[xX]|--exec|--exec-batch)$/.test(word.value ?? ""));
  if (at === -1) return null;
  const rest = words.slice(at + 1);
  const end = rest.findIndex((word) => word.value === ";");
  const command = (end === -1 ? rest : rest.slice(0, end)).map((word) =>
    /\{[^}]*\}/.test(word.shown) ? found({ ...word, shown: "{}" }) : word,
  );
  if (command.length === 0) return unclear("the command in fd is missing");
  return { inner: [{ words: command, settings: [] }], outer: words.slice(0, at), transparent: false, unclear: null };
};

export const searchLooks: Readonly<Record<string, Look>> = {
  find: throughFind,
  gfind: throughFind,
  fd: throughFd,
  fdfind: throughFd,
};
