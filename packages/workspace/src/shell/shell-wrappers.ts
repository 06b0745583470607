import type { HereDoc, Redirection } from "unbash";
import type { CommandWord } from "./command-words.ts";
import { type Inside, joined, type Look, script, unclear } from "./inside.ts";
import { literalOf } from "./words.ts";

const fromInput = "a shell reads its commands from its input";

const bodyOf = (document: HereDoc): string | null => {
  const { delimiter, closing, body } = document;
  if (delimiter === undefined || closing === undefined) return null;
  if (!delimiter.quoted && /[$`\\]/.test(body.text)) return null;
  return document.operator === "<<-" ? body.text.replace(/^\t+/gm, "") : body.text;
};

const ownInput = (redirects: readonly Redirection[], posix: boolean): Inside | null => {
  const inputs = redirects.filter((one) => one.type !== "Redirect" || /^<>?$|^<&$/.test(one.operator));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) return unclear(fromInput);
  if (input.type === "Redirect") {
    const file = literalOf(input.target);
    return file === null || file.startsWith("/dev/") || input.operator !== "<" ? unclear(fromInput) : null;
  }
  const text = input.type === "HereDoc" ? bodyOf(input) : literalOf(input.target);
  return text === null ? unclear("the script it gets is computed") : script(text, true, posix);
};

/** A script named like this is no file of which somebody knows the content. */
const isStream = (word: CommandWord): boolean =>
  /^[<>]\(/.test(word.text) || /^\/(?:dev\/(?:stdin|fd\/)|proc\/self\/fd\/)/.test(word.value ?? "");

const valuedLong = new Set(["--rcfile", "--init-file"]);

const throughShell: Look = (words, redirects) => {
  const posix = /(?:^|\/)(?:sh|dash|ash)$/.test(words[0]?.value ?? "");
  let at = 1;
  let takesScript = false;
  let input = false;
  let startFile = false;
  for (; at < words.length; at += 1) {
    const word = words[at];
    const text = word?.value ?? null;
    if (text === null) {
      if (word?.mayBeOption === true && (word.splits || takesScript || at + 1 < words.length))
        return unclear("what this shell runs is computed");
      break;
    }
    if (text === "--" || text === "-") {
      at += 1;
      break;
    }
    if (!/^[-+]./.test(text)) break;
    if (/^--(?:version|help)$/.test(text)) return null;
    if (valuedLong.has(text)) {
      at += 1;
      startFile = true;
    } else if (!text.startsWith("--")) {
      takesScript ||= text.startsWith("-") && text.includes("c");
      input ||= text.startsWith("-") && text.includes("s");
      if (/[oO]$/.test(text)) at += 1;
    }
  }
  const operand = words[at];
  if (takesScript)
    return operand?.value == null
      ? unclear("the script it gets is computed")
      : script(operand.value, !startFile, posix);
  if (operand === undefined || input) return ownInput(redirects, posix);
  return isStream(operand) ? unclear(fromInput) : null;
};

const throughEval: Look = (words) => {
  const rest = words.slice(words[1]?.value === "--" ? 2 : 1);
  if (rest.length === 0) return null;
  const text = joined(rest);
  return text === null ? unclear("what eval runs is computed") : script(text);
};

const throughTrap: Look = (words) => {
  const rest = words.slice(words[1]?.value === "--" ? 2 : 1);
  const [first, second] = rest;
  if (first === undefined || /^-[lp]*$/.test(first.value ?? "x")) return null;
  if (first.value === null) return unclear("what trap runs is computed");
  return first.value === "" || second === undefined ? null : { ...script(first.value), outer: [words[0] ?? first] };
};

const throughSource: Look = (words) =>
  words[1] !== undefined && isStream(words[1]) ? unclear("the script it reads is computed") : null;

const throughAlias: Look = (words) =>
  words.slice(1).some((word) => word.value === null || word.value.includes("="))
    ? unclear("an alias changes what later words mean")
    : null;

const throughHash: Look = (words) =>
  words.some((word) => /^-[a-z]*p/.test(word.value ?? "-p")) ? unclear("hash -p changes what a name runs") : null;

/** Builtins with an option whose value is code. */
const throughCallback =
  (option: RegExp): Look =>
  (words) =>
    words.some((word) => option.test(word.value ?? (word.mayBeOption ? "-C" : "")))
      ? unclear("an option of it holds code")
      : null;

const foreignShell: Look = (words) =>
  words.some((word) => word.value === null || /^-[a-zA-Z]*c/.test(word.value))
    ? unclear("its script is not for a known shell")
    : null;

export const shellLooks: Readonly<Record<string, Look>> = {
  ...Object.fromEntries(
    ["bash", "sh", "dash", "zsh", "ksh", "ash", "mksh", "rbash"].map((name) => [name, throughShell]),
  ),
  fish: foreignShell,
  csh: foreignShell,
  tcsh: foreignShell,
  eval: throughEval,
  trap: throughTrap,
  source: throughSource,
  ".": throughSource,
  alias: throughAlias,
  hash: throughHash,
  mapfile: throughCallback(/^-[a-zA-Z]*C/),
  readarray: throughCallback(/^-[a-zA-Z]*C/),
  complete: throughCallback(/^-[a-zA-Z]*C/),
  compgen: throughCallback(/^-[a-zA-Z]*[CF]/),
  bind: throughCallback(/^-[a-zA-Z]*[xC]/),
  enable: () => unclear("enable changes what a name runs"),
};
