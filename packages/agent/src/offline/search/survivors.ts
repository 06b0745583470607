import path from "node:path";
import { applyChange, changedLines, changeSize, patchText } from "./patch.ts";
import type { RankedEdit } from "./ranking.ts";
import type { Candidate } from "./report.ts";

/** An edit with which every visible test passed. */
export type Survivor = { readonly edit: RankedEdit; readonly text: string; readonly passes: number };

const TIERS = { likely: 0, plausible: 1, doubtful: 2 } as const;
const MAX_ALTERNATIVES = 3;

/** The better kind first, among equals the smaller and the more suspicious. */
function value(survivor: Survivor): number {
  const { edit } = survivor;
  return (edit.score * edit.prior) / (1 + changeSize(survivor.text, edit) / 60);
}

/** The most trusted first. */
export function byPreference(survivors: readonly Survivor[]): Survivor[] {
  return [...survivors].sort((a, b) => TIERS[a.edit.tier] - TIERS[b.edit.tier] || value(b) - value(a));
}

/** Which survivor to propose, and up to three others that differ from it in what they do. Pure. */
export function chooseWinner(survivors: readonly Survivor[]): { winner?: Survivor; alternatives: Survivor[] } {
  const [winner, ...others] = byPreference(survivors);
  if (winner === undefined) return { alternatives: [] };
  const elsewhere = (survivor: Survivor) =>
    survivor.edit.line !== winner.edit.line || survivor.edit.kind !== winner.edit.kind;
  const alternatives = [...others.filter(elsewhere), ...others.filter((survivor) => !elsewhere(survivor))];
  return { winner, alternatives: alternatives.slice(0, MAX_ALTERNATIVES) };
}

/** A survivor as it is reported. */
export function describeSurvivor(survivor: Survivor, root: string): Candidate {
  const { edit, text } = survivor;
  const file = path.relative(root, edit.file);
  const { line, before, after } = changedLines(text, edit);
  return {
    file,
    patch: patchText(file, text, edit),
    before: dedent(before),
    after: dedent(after),
    line,
    kind: edit.kind,
    passes: survivor.passes,
    tier: edit.tier,
    why: whyOf(edit, text),
  };
}

function dedent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^\s*/.exec(line)?.[0].length ?? 0);
  const shared = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line) => line.slice(shared)).join("\n");
}

function whyOf(edit: RankedEdit, text: string): string {
  const cut = (value: string) => {
    const flat = value.replace(/\s+/g, " ").trim();
    return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat;
  };
  const [removed, added] = [cut(text.slice(edit.start, edit.end)), cut(edit.text)];
  if (removed === "") return `${edit.kind}: adds \`${added}\``;
  if (added === "") return `${edit.kind}: removes \`${removed}\``;
  return `${edit.kind}: \`${removed}\` becomes \`${added}\``;
}

/** The whole changed file. */
export function changedText(survivor: { readonly edit: RankedEdit; readonly text: string }): string {
  return applyChange(survivor.text, survivor.edit);
}
