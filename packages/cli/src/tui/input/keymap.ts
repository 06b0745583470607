import type { Key, Keymap, KeyScope } from "../contract.ts";

/* Which key does what: one table, with what people put into their configuration on top of it. */

type Action = {
  readonly name: string;
  readonly scope: KeyScope;
  /** Spelled `ctrl-alt-shift-NAME`, in this order. */
  readonly keys: readonly string[];
  readonly what: string;
};

const action = (scope: KeyScope, name: string, keys: string, what: string): Action => ({
  scope,
  name,
  keys: keys.split(" "),
  what,
});

/** Every action, with the keys that it has unless a person says otherwise. */
export const actions: readonly Action[] = [
  action("editor", "submit", "enter", "send; while a turn runs, steer it"),
  action("editor", "queue", "tab", "while a turn runs: send after it"),
  action("editor", "newline", "shift-enter alt-enter ctrl-j ctrl-enter", "a new line"),
  action("editor", "left", "left ctrl-b", "one character to the left"),
  action("editor", "right", "right ctrl-f", "one character to the right"),
  action("editor", "up", "up ctrl-p", "one row up; from the first, what was typed before"),
  action("editor", "down", "down ctrl-n", "one row down; from the last, what was typed after"),
  action("editor", "word-left", "alt-left ctrl-left alt-b", "one word to the left"),
  action("editor", "word-right", "alt-right ctrl-right alt-f", "one word to the right"),
  action("editor", "line-start", "home ctrl-a", "to the beginning of the line"),
  action("editor", "line-end", "end ctrl-e", "to the end of the line"),
  action("editor", "text-start", "ctrl-home alt-<", "to the beginning of the text"),
  action("editor", "text-end", "ctrl-end alt->", "to the end of the text"),
  action("editor", "page-up", "pageup", "a page up"),
  action("editor", "page-down", "pagedown", "a page down"),
  action("editor", "delete-left", "backspace shift-backspace ctrl-h", "delete the character before"),
  action("editor", "delete-right", "delete ctrl-d", "delete the character after"),
  action("editor", "kill-word-left", "ctrl-w alt-backspace ctrl-backspace", "cut the word before"),
  action("editor", "kill-word-right", "alt-d alt-delete ctrl-delete", "cut the word after"),
  action("editor", "kill-to-start", "ctrl-u", "cut to the beginning of the line"),
  action("editor", "kill-to-end", "ctrl-k", "cut to the end of the line"),
  action("editor", "yank", "ctrl-y", "put in what was cut"),
  action("editor", "yank-older", "alt-y", "instead of it what was cut before"),
  action("editor", "undo", "ctrl-_ ctrl-/ alt-z", "undo"),
  action("editor", "redo", "alt-shift-z ctrl-shift-z", "redo"),
  action("editor", "search", "ctrl-r", "search in what was typed before"),
  action("editor", "discard", "ctrl-c", "put the text away; up brings it back"),
  action("editor", "external", "ctrl-g", "write in your own editor"),
  action("editor", "paste-picture", "ctrl-v", "put in the picture of the clipboard"),
  action("editor", "unfold", "alt-u", "show a folded paste whole"),
  action("menu", "menu-next", "down ctrl-n", "the next choice"),
  action("menu", "menu-previous", "up ctrl-p", "the choice before"),
  action("menu", "menu-take", "tab", "take the choice"),
  action("menu", "menu-close", "escape", "close the list"),
  action("app", "interrupt", "escape", "interrupt the turn; twice: rewind"),
  action("app", "quit", "ctrl-d", "leave, when nothing is written"),
  action("app", "question", "ctrl-o", "answer the waiting question before writing on"),
  action("app", "transcript", "ctrl-t", "everything that was said, whole"),
  action("app", "autonomy", "shift-tab", "the next level of autonomy"),
  action("app", "verbosity", "alt-v", "show more, or less"),
  action("app", "model", "alt-m", "another model"),
  action("app", "effort", "alt-e", "another effort"),
  action("app", "redraw", "ctrl-l", "draw the screen anew"),
  action("app", "suspend", "ctrl-z", "back to the shell, until fg"),
  action("app", "help", "f1", "help"),
];

/** How a key is spelled: `ctrl-a`, `alt-shift-z`, `f1`. */
export const spelled = ({ name, ctrl, alt, shift }: Key): string =>
  `${ctrl ? "ctrl-" : ""}${alt ? "alt-" : ""}${shift ? "shift-" : ""}${name}`;

const namedKey =
  /^(?:enter|tab|escape|backspace|space|up|down|left|right|home|end|begin|insert|delete|pageup|pagedown|f(?:[1-9]|1\d|2[0-4]))$/;

/** One spelling for a key, or why it is none. */
const readKey = (
  words: string,
): { readonly ok: true; readonly key: string } | { readonly ok: false; readonly why: string } => {
  const [, before = "", name = ""] = /^((?:(?:ctrl|alt|shift)-)*)(.+)$/.exec(words.toLowerCase()) ?? [];
  const has = (modifier: string): boolean => before.includes(`${modifier}-`);
  if (!namedKey.test(name) && Array.from(name).length !== 1)
    return { ok: false, why: `"${words}" is no key: expected ctrl-x, alt-enter, f5, …` };
  if (!has("ctrl") && !has("alt") && Array.from(name).length === 1)
    return { ok: false, why: `"${words}" could not be typed any more` };
  return {
    ok: true,
    key: `${has("ctrl") ? "ctrl-" : ""}${has("alt") ? "alt-" : ""}${has("shift") ? "shift-" : ""}${name}`,
  };
};

export type KeymapRead =
  | { readonly ok: true; readonly keymap: Keymap }
  | { readonly ok: false; readonly problems: readonly string[] };

const ownKeys = (wanted: Readonly<Record<string, string>>, problems: string[]): Map<string, readonly string[]> => {
  const own = new Map<string, readonly string[]>();
  for (const [name, words] of Object.entries(wanted)) {
    if (!actions.some((known) => known.name === name)) {
      problems.push(
        `terminal.keys.${name}: no such action; there are ${actions.map((known) => known.name).join(", ")}`,
      );
      continue;
    }
    const keys: string[] = [];
    for (const word of words.trim() === "none" ? [] : words.trim().split(/\s+/)) {
      const read = readKey(word);
      if (read.ok) keys.push(read.key);
      else problems.push(`terminal.keys.${name}: ${read.why}`);
    }
    own.set(name, keys);
  }
  return own;
};

/** One action's scope can hide another's keys on purpose (a menu's), but inside of one a key does one thing. */
const bind = (own: ReadonlyMap<string, readonly string[]>, problems: string[]): Map<string, string> => {
  const bound = new Map<string, string>();
  const place = (name: string, scope: KeyScope, key: string, isOwn: boolean): void => {
    const at = `${scope} ${key}`;
    const other = bound.get(at);
    if (other !== undefined && isOwn && own.has(other))
      problems.push(`terminal.keys.${name}: "${key}" is the key of ${other} too`);
    // A person's key takes a default's place.
    if (other === undefined || isOwn) bound.set(at, name);
  };
  for (const { name, scope, keys } of actions)
    for (const key of own.has(name) ? [] : keys) place(name, scope, key, false);
  for (const { name, scope } of actions) for (const key of own.get(name) ?? []) place(name, scope, key, true);
  return bound;
};

/**
 * Reads a person's keys, as `terminal.keys` of the configuration has them: an action's name → one or more keys with
 * blanks between them, or `none`. They take the place of the action's own. Every fault is named.
 */
export const readKeymap = (setting: Readonly<Record<string, string>>): KeymapRead => {
  const problems: string[] = [];
  const own = ownKeys(setting, problems);
  const bound = bind(own, problems);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    keymap: {
      action: (key, scope) => bound.get(`${scope} ${spelled(key)}`) ?? null,
      keysOf: (name) => [...bound].filter(([, bound]) => bound === name).map(([at]) => at.slice(at.indexOf(" ") + 1)),
    },
  };
};
