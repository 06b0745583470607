import { type Doc, docOf, emptyDoc, isEmpty, textOf } from "./doc.ts";
import { cleanText } from "./marks.ts";

/*
 * What was typed before. What is written now stands below the newest entry, and whatever is changed on the way up stays
 * changed until something is sent: nothing typed gets lost.
 */

export type History = {
  /** One up or down from where we are; null at the end. */
  readonly older: (now: Doc) => Doc | null;
  readonly newer: (now: Doc) => Doc | null;
  /** The text was sent or put away: it becomes the newest entry, after whatever else was being written. */
  readonly add: (now: Doc) => void;
  /** What was being written stays among what was typed, for something else takes its place. */
  readonly keep: (now: Doc) => void;
  /** Texts with these words, newest first, each once. */
  readonly search: (words: string) => readonly string[];
};

const mostFound = 200;

/** `earlier` is read with the first use, newest last; `added` gets each new entry. */
export const createHistory = (earlier: () => readonly string[], added: (text: string) => void): History => {
  let read: string[] | null = null;
  let at: number | null = null;
  const changed = new Map<number, Doc>();
  const own: string[] = [];

  const entries = (): string[] => {
    if (read === null) read = [...earlier().map(cleanText), ...own];
    return read;
  };
  const stand = (): number => at ?? entries().length;
  const push = (text: string): void => {
    if (text.trim() === "" || (read ?? own).at(-1) === text) return;
    own.push(text);
    read?.push(text);
    added(text);
  };
  const go = (now: Doc, to: number): Doc | null => {
    if (to < 0 || to > entries().length) return null;
    changed.set(stand(), now);
    at = to;
    return changed.get(to) ?? (to === entries().length ? emptyDoc : docOf(entries()[to] ?? ""));
  };

  return {
    older: (now) => go(now, stand() - 1),
    newer: (now) => go(now, stand() + 1),
    add: (now) => {
      const others = [...changed].filter(([index]) => index !== at).sort(([a], [b]) => a - b);
      const known = read ?? own;
      // What was being written elsewhere is kept as well, but nearest is what was sent.
      const unsent = others.filter(([index, doc]) => !isEmpty(doc) && textOf(doc) !== known[index]);
      changed.clear();
      at = null;
      for (const [, doc] of unsent) push(textOf(doc));
      push(textOf(now));
    },
    keep: (now) => push(textOf(now)),
    search: (words) => {
      const wanted = words.toLowerCase();
      const found = new Set<string>();
      for (let index = entries().length - 1; index >= 0 && found.size < mostFound; index -= 1) {
        const text = entries()[index] ?? "";
        if (text.toLowerCase().includes(wanted)) found.add(text);
      }
      return [...found];
    },
  };
};
