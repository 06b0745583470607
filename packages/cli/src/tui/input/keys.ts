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

/*
 * Bytes of a terminal → keys. Pure: it knows no clock. A lone Escape cannot be told from the beginning of a sequence, so
 * whoever reads calls `flush` when nothing came for a short while and `waiting` says that something is held back.
 */

export type Keys = { readonly keys: readonly Key[]; readonly replies: readonly TerminalReply[] };

export type KeyDecoder = {
  /** Bytes as they came, cut anywhere. */
  readonly push: (bytes: Uint8Array) => Keys;
  /** Nothing came for a while (about 30 ms): what could have been the beginning of a sequence was typed. */
  readonly flush: () => Keys;
  /** Whether `flush` would give anything. */
  readonly waiting: () => boolean;
};

const pasteEnd = "\u001b[201~";
/** Longer sequences are no keys and no replies; what is held back has a bound. */
const longestSequence = 4096;
const longestSs3 = 16;

type Taken = { readonly length: number; readonly decoded: readonly Decoded[] };
/** `more`: the text ends inside of a sequence. */
type Step = Taken | "more";

const none: readonly Decoded[] = [];
const escapeKey = plainKey("escape", "");
const asKey = (key: Key | null): readonly Decoded[] => (key === null ? none : [key]);

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

const take = (text: string, start: number): Step =>
  text.charCodeAt(start) === 0x1b ? takeEscape(text, start) : takeCharacter(text, start);

/** What was held back, as it is if nothing follows. */
const typedAfterAll = (held: string): { readonly decoded: readonly Decoded[]; readonly rest: string } => {
  if (/^\u001b*$/.test(held)) return { decoded: Array.from(held, () => escapeKey), rest: "" };
  const [, escapes = "", second = "", rest = ""] = /^(\u001b+)([[OP\]_])([\s\S]*)$/.exec(held) ?? [];
  // A longer beginning is a terminal's own, and only late.
  if (rest !== "") return { decoded: none, rest: held };
  return { decoded: [...Array.from(escapes.slice(1), () => escapeKey), altKey(second)], rest: "" };
};

const sorted = (decoded: readonly Decoded[]): Keys => {
  const keys: Key[] = [];
  const replies: TerminalReply[] = [];
  for (const one of decoded) {
    if ("kind" in one) replies.push(one);
    else keys.push(one);
  }
  return { keys, replies };
};

/** Collects what is pasted until its end marker, which may be cut anywhere. */
const createPaste = () => {
  let parts: string[] = [];
  let tail = "";
  return {
    /** The text after the end marker, or null while there is none. */
    add: (text: string): { readonly pasted: string; readonly rest: string } | null => {
      const seen = tail + text;
      const end = seen.indexOf(pasteEnd);
      if (end < 0) {
        parts.push(text);
        tail = seen.slice(-(pasteEnd.length - 1));
        return null;
      }
      const whole = parts.join("") + text;
      const length = whole.length - (seen.length - end);
      parts = [];
      tail = "";
      return { pasted: whole.slice(0, length), rest: seen.slice(end + pasteEnd.length) };
    },
    /** Ctrl-C as the last that came: the end marker was lost, and the keyboard must not be. */
    givenUp: (): string | null => {
      if (!tail.endsWith("\u0003")) return null;
      const whole = parts.join("");
      parts = [];
      tail = "";
      return whole.slice(0, -1);
    },
  };
};

const pasteKey = (text: string): Key => ({ name: "paste", ctrl: false, alt: false, shift: false, text });

/** Reads a terminal's bytes as keys. The same bytes give the same keys however they are cut, as long as `flush` is not called. */
export const createKeyDecoder = (): KeyDecoder => {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  const paste = createPaste();
  let pasting = false;
  let held = "";

  const read = (text: string): Decoded[] => {
    const found: Decoded[] = [];
    let rest = text;
    while (rest !== "") {
      if (pasting) {
        const ended = paste.add(rest);
        if (ended === null) break;
        pasting = false;
        found.push(pasteKey(ended.pasted));
        rest = ended.rest;
      } else rest = readTyped(rest, found);
    }
    return found;
  };

  /** Up to the end, a paste, or a sequence that is not whole; gives what is left for the paste. */
  const readTyped = (more: string, found: Decoded[]): string => {
    const text = held + more;
    held = "";
    for (let at = 0; at < text.length; ) {
      const step = take(text, at);
      if (step === "more") {
        held = text.slice(at);
        return "";
      }
      at += step.length;
      for (const one of step.decoded) {
        if (!("kind" in one) && one.name === "paste-start") pasting = true;
        else found.push(one);
      }
      if (pasting) return text.slice(at);
    }
    return "";
  };

  return {
    push: (bytes) => sorted(read(utf8.decode(bytes, { stream: true }))),
    flush: () => {
      if (pasting) {
        const whole = paste.givenUp();
        if (whole === null) return sorted(none);
        pasting = false;
        return sorted([pasteKey(whole), ...asKey(keyOfControl(3))]);
      }
      const { decoded, rest } = typedAfterAll(held);
      held = rest;
      return sorted(decoded);
    },
    waiting: () => pasting || held !== "",
  };
};
