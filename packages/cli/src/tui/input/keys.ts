import type { Key } from "../contract.ts";
import { altKey, type Decoded, keyOfControl, type TerminalReply } from "./key-sequences.ts";
import { createPaste } from "./paste.ts";
import { asKey, escapeKey, none, take } from "./take-sequence.ts";

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
  /** Whether something is held back that `flush` may give. */
  readonly waiting: () => boolean;
};

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
