import type { Key } from "../contract.ts";

/** What a terminal answered to a question of ours: the text between its introducer and its end. */
export type TerminalReply = { readonly kind: "csi" | "osc" | "dcs" | "apc"; readonly body: string };

export type Decoded = Key | TerminalReply;

/** A key without modifiers. */
export const plainKey = (name: string, text: string): Key => {
  if (name === " ") return { name: "space", ctrl: false, alt: false, shift: false, text };
  const lower = name.toLowerCase();
  const isCapital = name.length === 1 && lower !== name && lower.length === 1;
  return { name: isCapital ? lower : name, ctrl: false, alt: false, shift: isCapital, text };
};

/** Alt and a character, which types nothing. */
export const altKey = (character: string): Key => ({ ...plainKey(character, ""), alt: true });

const ctrl = (name: string): Key => ({ name, ctrl: true, alt: false, shift: false, text: "" });

/** A control character as the key that sends it; null for those that no key sends. */
export const keyOfControl = (code: number): Key | null => {
  switch (code) {
    case 0x00:
      return ctrl("space");
    case 0x09:
      return plainKey("tab", "");
    case 0x0d:
      return plainKey("enter", "");
    case 0x1b:
      return plainKey("escape", "");
    case 0x7f:
      return plainKey("backspace", "");
    default:
      // Ctrl takes the upper bits of a character away: 0x01 is Ctrl-A, 0x1f is Ctrl-_.
      return code < 0x20 ? ctrl(String.fromCharCode(code + 0x40).toLowerCase()) : null;
  }
};

const byFinal: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "begin",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};

const byNumber: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
  200: "paste-start",
};

/** What the kitty keyboard protocol calls keys without a character of their own; numbers from 57344 up. */
const byKittyNumber: Readonly<Record<number, string>> = {
  57414: "enter",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete",
  57427: "begin",
};
const keypadDigits = 57399;
const keypadSigns = "0123456789./*-+";
const keypadEqual = 57415;
const kittyPrivate = { from: 57344, to: 63743 } as const;

const byCode: Readonly<Record<number, string>> = {
  8: "backspace",
  9: "tab",
  13: "enter",
  27: "escape",
  127: "backspace",
};

type Modifiers = { readonly ctrl: boolean; readonly alt: boolean; readonly shift: boolean; readonly super: boolean };

/** The number that terminals send: one more than the bits. */
const modifiersOf = (sent: number): Modifiers => {
  const bits = Math.max(0, sent - 1);
  return {
    shift: (bits & 1) !== 0,
    alt: (bits & (2 | 32)) !== 0,
    ctrl: (bits & 4) !== 0,
    super: (bits & (8 | 16)) !== 0,
  };
};

const numbers = (parameter: string | undefined): number[] =>
  (parameter ?? "").split(":").map((part) => (part === "" ? 0 : Number(part)));

/** A named key with its modifiers. Super belongs to the desktop: such a key is none of ours. */
const named = (name: string, modifiers: Modifiers): Key | null =>
  modifiers.super ? null : { name, ctrl: modifiers.ctrl, alt: modifiers.alt, shift: modifiers.shift, text: "" };

const characterOf = (code: number): string =>
  code >= 0x20 &&
  code !== 0x7f &&
  !(code >= 0x80 && code < 0xa0) &&
  code <= 0x10ffff &&
  !(code >= 0xd800 && code < 0xe000)
    ? String.fromCodePoint(code)
    : "";

/** A character with modifiers, as CSI u and modifyOtherKeys tell it. `typed`: what the terminal says that it types. */
const character = (code: number, shifted: number, modifiers: Modifiers, typed: string): Key | null => {
  const own = byCode[code];
  if (own !== undefined) return named(own, modifiers);
  const unshifted = characterOf(code);
  if (unshifted === "" || modifiers.super) return null;
  const shown = shifted > 0 ? characterOf(shifted) : modifiers.shift ? unshifted.toUpperCase() : unshifted;
  const types = modifiers.ctrl || modifiers.alt ? "" : typed !== "" ? typed : shown;
  // A capital is its letter with Shift; another sign, such as "?", is a key of its own, as without this protocol.
  const isSign = shown.toLowerCase() !== unshifted.toLowerCase();
  const key = plainKey(isSign ? shown : unshifted, types);
  return { ...key, ctrl: modifiers.ctrl, alt: modifiers.alt, shift: !isSign && (modifiers.shift || key.shift) };
};

const released = 3;

/** CSI code:shifted:base ; modifiers:event ; text u */
const kittyKey = (parameters: readonly string[]): Key | null => {
  const [code = 0, shifted = 0] = numbers(parameters[0]);
  const [sent = 1, event = 1] = numbers(parameters[1] ?? "1");
  if (event === released) return null;
  const modifiers = modifiersOf(sent);
  const typed = numbers(parameters[2]).map(characterOf).join("");
  const sign = code === keypadEqual ? "=" : (keypadSigns[code - keypadDigits] ?? "");
  if (sign !== "") return character(sign.charCodeAt(0), 0, modifiers, sign);
  const name = byKittyNumber[code];
  if (name !== undefined) return named(name, modifiers);
  if (code >= kittyPrivate.from && code <= kittyPrivate.to) return null;
  return character(code, shifted, modifiers, typed);
};

/** Rows and columns of the cursor come as `CSI row ; column R`, and so does F3 with modifiers, as row 1. */
const isCursorReply = (parameters: readonly string[]): boolean =>
  parameters.length === 2 && !(parameters[0] === "1" && Number(parameters[1]) <= 16);

const replyFinals = /^(?:\?.*[cnuyR]|[>=].*c|\d*(?:;\d+)*[cn]|.*t|.*\$y)$/;

/**
 * A control sequence: its parameters (with intermediates) and final character. A reply of the terminal, a key, or null
 * for what is neither, such as the mouse. Bracketed paste begins with a key named `paste-start`.
 */
export const keyOfCsi = (body: string, final: string): Decoded | null => {
  if (body.startsWith("[")) return named(`f${final.charCodeAt(0) - 0x40}`, modifiersOf(1));
  const parameters = body.split(";");
  if (replyFinals.test(`${body}${final}`) || (final === "R" && isCursorReply(parameters)))
    return { kind: "csi", body: `${body}${final}` };
  if (!/^[\d;:]*$/.test(body)) return null;
  const [sent = 1, event = 1] = numbers(parameters[1] ?? "1");
  if (event === released) return null;
  const modifiers = modifiersOf(sent);
  switch (final) {
    case "u":
      return kittyKey(parameters);
    case "Z":
      return named("tab", { ...modifiers, shift: true });
    case "I":
      return body === "" ? plainKey("focus", "") : null;
    case "O":
      return body === "" ? plainKey("blur", "") : null;
    case "~": {
      const number = Number(parameters[0]);
      if (number === 27) return character(Number(parameters[2] ?? 0), 0, modifiers, "");
      const name = byNumber[number];
      return name === undefined ? null : named(name, modifiers);
    }
    default: {
      const name = byFinal[final];
      return name === undefined ? null : named(name, modifiers);
    }
  }
};

/** Keypads in application mode. */
const bySs3: Readonly<Record<string, string>> = { M: "enter", I: "tab" };
const ss3Signs: Readonly<Record<string, string>> = { X: "=", j: "*", k: "+", l: ",", m: "-", n: ".", o: "/" };

/** A key as `ESC O` and a character; null: there is no such key. */
export const keyOfSs3 = (body: string, final: string): Key | null => {
  const modifiers = modifiersOf(Number(body.split(";").at(-1) || 1));
  const name = byFinal[final] ?? bySs3[final];
  if (name !== undefined) return named(name, modifiers);
  const sign = ss3Signs[final] ?? (final >= "p" && final <= "y" ? String(final.charCodeAt(0) - 0x70) : undefined);
  return sign === undefined ? null : plainKey(sign, sign);
};
