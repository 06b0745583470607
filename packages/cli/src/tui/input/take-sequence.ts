import type { Key } from "../contract.ts";
import {
  altKey,
  type Decoded,
  keyOfControl,
  keyOfCsi,
  keyOfSs3,
  plainKey,
  type TerminalReply,
} from "./key-sequences.ts";

/* One key or reply at the beginning of what a terminal sent. */

/** Longer sequences are no keys and no replies; what is held back has a bound. */
const longestSequence = 4096;
const longestSs3 = 16;

type Taken = { readonly length: number; readonly decoded: readonly Decoded[] };
/** `more`: the text ends inside of a sequence. */
type Step = Taken | "more";

export const none: readonly Decoded[] = [];
export const escapeKey = plainKey("escape", "");
export const asKey = (key: Key | null): readonly Decoded[] => (key === null ? none : [key]);

/** `ESC [` …: parameters, intermediates, and one final byte; whatever else comes ends it, and counts by itself. */
const takeCsi = (text: string, start: number): Step => {
  let at = start + 2;
  // The Linux console: ESC [ [ A is F1.
  if (text[at] === "[") return at + 1 < text.length ? takenCsi(text, start, at + 1) : "more";
  const end = Math.min(text.length, start + longestSequence);
  while (at < end && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) < 0x40) at += 1;
  if (at - start >= longestSequence) return { length: at - start, decoded: none };
  if (at >= text.length) return "more";
  const final = text.charCodeAt(at);
  if (final < 0x40 || final > 0x7e) return { length: at - start, decoded: none };
  // The oldest way to tell of the mouse: three characters more.
  if (text[at] === "M" && at === start + 2)
    return text.length < at + 4 ? "more" : { length: at + 4 - start, decoded: none };
  return takenCsi(text, start, at);
};

const takenCsi = (text: string, start: number, final: number): Taken => ({
  length: final + 1 - start,
  decoded: asDecoded(keyOfCsi(text.slice(start + 2, final), text[final] ?? "")),
});

const asDecoded = (found: Decoded | null): readonly Decoded[] => (found === null ? none : [found]);

/** What a terminal's own strings begin with; anything else after ESC ], P or _ was typed with Alt. */
const stringStarts: Readonly<Record<string, { readonly kind: TerminalReply["kind"]; readonly first: RegExp }>> = {
  "]": { kind: "osc", first: /[0-9]/ },
  P: { kind: "dcs", first: /[0-9>!+$]/ },
  _: { kind: "apc", first: /G/ },
};

/** `ESC ]`, `ESC P`, `ESC _`: up to BEL or ESC \. Null: it is no such string. */
const takeString = (text: string, start: number): Step | null => {
  const opening = stringStarts[text[start + 1] ?? ""];
  if (opening === undefined) return null;
  if (start + 2 >= text.length) return "more";
  if (!opening.first.test(text[start + 2] ?? "")) return null;
  for (let at = start + 2; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const closing = code === 0x07 ? 1 : code === 0x1b && text[at + 1] === "\\" ? 2 : 0;
    if (closing > 0) {
      const body = text.slice(start + 2, at);
      return { length: at + closing - start, decoded: [{ kind: opening.kind, body }] };
    }
    if (code === 0x1b && at + 1 >= text.length) return "more";
    // No reply holds such a character, so this is none.
    if (code < 0x20 || at - start > longestSequence) return { length: at - start, decoded: none };
  }
  return "more";
};

const takeSs3 = (text: string, start: number): Step => {
  let at = start + 2;
  while (at < text.length && at - start < longestSs3 && /[0-9;]/.test(text[at] ?? "")) at += 1;
  if (at >= text.length) return "more";
  const key = keyOfSs3(text.slice(start + 2, at), text[at] ?? "");
  // ESC O and a character that is no key: Alt-O, and the character.
  if (key === null) return { length: 2, decoded: [altKey("O")] };
  return { length: at + 1 - start, decoded: [key] };
};

const takeCharacter = (text: string, start: number): Taken => {
  const code = text.codePointAt(start) ?? 0;
  const character = String.fromCodePoint(code);
  const isControl = code < 0x20 || code === 0x7f || (code >= 0x80 && code < 0xa0);
  return {
    length: character.length,
    decoded: isControl ? asKey(keyOfControl(code)) : [plainKey(character, character)],
  };
};

/** With ESC before it: some terminals say Alt and an arrow so. Only keys can have been meant with Alt. */
const withEscape = (step: Step): Step => {
  if (step === "more") return "more";
  const [found] = step.decoded;
  const alone = found === undefined || "kind" in found || ["paste-start", "focus", "blur"].includes(found.name);
  return {
    length: step.length + 1,
    decoded: alone ? [escapeKey, ...step.decoded] : [{ ...found, alt: true, text: "" }],
  };
};

const takeEscape = (text: string, start: number): Step => {
  const next = text[start + 1];
  if (next === undefined) return "more";
  if (next === "[") return takeCsi(text, start);
  if (next === "O") return takeSs3(text, start);
  const string = takeString(text, start);
  if (string !== null) return string;
  if (next !== "\u001b") {
    const { length, decoded } = takeCharacter(text, start + 1);
    return {
      length: length + 1,
      decoded: decoded.map((key) => ("kind" in key ? key : { ...key, alt: true, text: "" })),
    };
  }
  const third = text[start + 2];
  if (third === undefined) return "more";
  if (third === "[") return withEscape(takeCsi(text, start + 1));
  if (third === "O") return withEscape(takeSs3(text, start + 1));
  return { length: 1, decoded: [escapeKey] };
};

/** The key, or whatever else, that begins at `start`. */
export const take = (text: string, start: number): Step =>
  text.charCodeAt(start) === 0x1b ? takeEscape(text, start) : takeCharacter(text, start);
