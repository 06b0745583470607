import type { CommandWord } from "./command-words.ts";
import { type Look, runs, unclear } from "./inside.ts";
import { skipOptions, wrapperOptions } from "./wrapper-options.ts";

/* Terminals within terminals: what they start, or type into another one, runs later and elsewhere. */

const tmuxHarmless =
  /^(?:ls|lsp|lsw|lsc|list-\w+|has|has-session|kill-(?:server|session|window|pane)|killp|killw|capture-pane|capturep|info|-V)$/;

/** Only commands that tell or end something are passed over; `#(…)` in a format and what follows a `;` run commands. */
const throughTmux: Look = (words) => {
  const [, ...rest] = words;
  let at = 0;
  while (/^-[LS]$/.test(rest[at]?.value ?? "")) at += 2;
  const runsMore = (word: CommandWord): boolean =>
    word.value === null || word.value.includes("#(") || /;$/.test(word.value);
  return tmuxHarmless.test(rest[at]?.value ?? "") && !rest.some(runsMore)
    ? null
    : unclear("what it runs, or types into another terminal, is not understood");
};

const screenOptions = wrapperOptions("a A d D i l m O q Q r R U v x L", "S e h p t T Logfile");
const throughScreen: Look = (words) => {
  if (words.length === 2 && /^-(?:ls|list|wipe|v)$/.test(words[1]?.value ?? "")) return null;
  const skipped = skipOptions(words, screenOptions);
  if (!skipped.ok) return unclear(skipped.why);
  const rest = words.slice(skipped.at);
  return rest.length === 0
    ? unclear("a shell reads its commands from its input")
    : { ...runs(rest), transparent: false, hinting: true };
};

export const terminalLooks: Readonly<Record<string, Look>> = { tmux: throughTmux, screen: throughScreen };
