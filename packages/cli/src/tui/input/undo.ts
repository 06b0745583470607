import type { Doc } from "./doc.ts";

/** What an edit was: letters typed one after another are taken back together, up to a word. */
export type EditKind = "word" | "blank" | "delete" | "other";

export type Undo = {
  /** Before an edit is made: what stood there. */
  readonly record: (before: Doc, kind: EditKind) => void;
  /** The cursor moved: what is typed next is taken back by itself. */
  readonly seal: () => void;
  /** What stood before; null when there is nothing to take back. */
  readonly undo: (now: Doc) => Doc | null;
  readonly redo: (now: Doc) => Doc | null;
};

const most = { steps: 1000, lines: 500_000 } as const;

export const createUndo = (): Undo => {
  const past: Doc[] = [];
  let future: Doc[] = [];
  let last: EditKind | null = null;
  let lines = 0;

  const push = (doc: Doc): void => {
    past.push(doc);
    lines += doc.lines.length;
    while (past.length > most.steps || (lines > most.lines && past.length > 1))
      lines -= past.shift()?.lines.length ?? 0;
  };

  return {
    record: (before, kind) => {
      const continues = kind !== "other" && (kind === last || (last === "word" && kind === "blank"));
      if (!continues) push(before);
      last = kind;
      future = [];
    },
    seal: () => {
      last = null;
    },
    undo: (now) => {
      const before = past.pop();
      if (before === undefined) return null;
      lines -= before.lines.length;
      future.push(now);
      last = null;
      return before;
    },
    redo: (now) => {
      const after = future.pop();
      if (after === undefined) return null;
      push(now);
      last = null;
      return after;
    },
  };
};
