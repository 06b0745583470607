import { commonLength } from "../model/request-log.ts";

/*
 * What a cache could serve of a program's requests. The cache is the best there could be: it has every request that was
 * answered, and serves any beginning of a prompt, to the byte. Prompts are in the order in which providers put them
 * before the model: tools, instructions, input.
 */

/** work: for the next step · summary: for a compaction · refused: too long, so neither answered nor paid for. */
export type Kind = "work" | "summary" | "refused";

export type Line = {
  readonly kind: Kind;
  readonly bytes: number;
  /** Bytes at its beginning that an earlier request began with too. */
  readonly cached: number;
  /** Of the work request before, the share that this one begins with: 1 when it extends it. */
  readonly ofLast: number | null;
  /** The user's first words are in it, as they were written. */
  readonly hasWords: boolean;
};

export type Ledger = { readonly lines: readonly Line[]; add(kind: Kind, prompt: string, hasWords: boolean): void };

export const createLedger = (): Ledger => {
  const lines: Line[] = [];
  // Only those that no later one extends: they begin with all the others.
  let held: string[] = [];
  let last: string | null = null;
  return {
    lines,
    add(kind, text, hasWords) {
      // One character a byte, so that lengths are bytes.
      const prompt = Buffer.from(text).toString("latin1");
      const cached = Math.max(0, ...held.map((earlier) => commonLength(earlier, prompt)));
      const ofLast = last === null || kind !== "work" ? null : commonLength(last, prompt) / last.length;
      lines.push({ kind, bytes: prompt.length, cached, ofLast, hasWords });
      if (kind === "refused") return;
      held = [...held.filter((earlier) => !prompt.startsWith(earlier)), prompt];
      if (kind === "work") last = prompt;
    },
  };
};

export type Compaction = {
  readonly questions: number;
  readonly questionBytes: number;
  readonly questionCached: number;
  /** Bytes of the first request after it, and those that none before began with. */
  readonly nextBytes: number;
  readonly resent: number;
  readonly hasWords: boolean;
};

/** A work request after requests for a summary is a compaction's first. */
export const compactionsOf = (lines: readonly Line[]): Compaction[] => {
  const found: Compaction[] = [];
  let questions: Line[] = [];
  for (const line of lines) {
    if (line.kind === "summary") questions.push(line);
    if (line.kind !== "work" || questions.length === 0) continue;
    const sum = (pick: (question: Line) => number): number => questions.reduce((all, one) => all + pick(one), 0);
    found.push({
      questions: questions.length,
      questionBytes: sum(({ bytes }) => bytes),
      questionCached: sum(({ cached }) => cached),
      nextBytes: line.bytes,
      resent: line.bytes - line.cached,
      hasWords: line.hasWords,
    });
    questions = [];
  }
  return found;
};

export type Between = { readonly requests: number; readonly extensions: number; readonly least: number };

/** The requests that follow another one with no compaction between. `least`: the smallest share of the one before. */
export const betweenCompactions = (lines: readonly Line[]): Between => {
  const shares: number[] = [];
  let compacted = false;
  for (const { kind, ofLast } of lines) {
    if (kind === "summary") compacted = true;
    if (kind !== "work") continue;
    if (ofLast !== null && !compacted) shares.push(ofLast);
    compacted = false;
  }
  return {
    requests: shares.length,
    extensions: shares.filter((share) => share === 1).length,
    least: Math.min(1, ...shares),
  };
};

/** Bytes that were sent and answered, and those of them that no cache could serve. */
export const totalsOf = (lines: readonly Line[]): { bytes: number; uncached: number } => {
  const paid = lines.filter(({ kind }) => kind !== "refused");
  const bytes = paid.reduce((all, line) => all + line.bytes, 0);
  return { bytes, uncached: bytes - paid.reduce((all, line) => all + line.cached, 0) };
};
