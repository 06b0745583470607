import type { Verbosity, ViewSettings } from "../contract.ts";
import { type Span, span } from "./spans.ts";

/** How much of an entry is shown: by the verbosity, or all of it where it was unfolded. */
export type Depth = Verbosity | "whole";

/** What a view is made for. */
export type ViewFor = ViewSettings & { readonly depth: Depth };

type MarkName = "ok" | "failed" | "stale" | "unsure" | "running" | "note" | "warning" | "stopped";

const marks: Readonly<Record<MarkName, readonly [sign: string, style: Span["style"], word: string]>> = {
  ok: ["✓", "good", "done:"],
  failed: ["✗", "bad", "failed:"],
  stale: ["~", "warn", "stale:"],
  unsure: ["?", "warn", "unproven:"],
  running: ["▸", "accent", "running:"],
  note: ["·", "dim", "note:"],
  warning: ["!", "warn", "notice:"],
  stopped: ["■", "warn", "stopped:"],
};

/** The sign that a line begins with; a word for who has it read out. */
export const mark = (name: MarkName, { plain }: ViewSettings): Span => {
  const [sign, style, word] = marks[name];
  return span(plain ? word : sign, style);
};

/** `35 ms`, `1.2 s`, `3 min 5 s`. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
