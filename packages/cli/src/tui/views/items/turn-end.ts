import type { CheckEvidence, Entry, FileChange, TreeId } from "@fettle/protocol";
import { shortCount } from "../../../render/counts.ts";
import { visibleLine } from "../../../render/plain-text.ts";
import type { ViewSettings } from "../../contract.ts";
import { counted, mark, type ViewFor } from "../depth.ts";
import { columnsFor, cutLine, type Line, lineOf, span } from "../spans.ts";
import { headLine } from "./command.ts";
import { noteLines } from "./words.ts";

type TurnEntry = Extract<Entry, { kind: "turn" }>;

const standings: Readonly<Record<CheckEvidence["standing"], readonly [Parameters<typeof mark>[0], string]>> = {
  passed: ["ok", "passed on these files"],
  failed: ["failed", "failed on these files"],
  stale: ["stale", "stale: files changed since it ran"],
  unproven: ["unsure", "unproven: it changed files itself, or no snapshot could be taken"],
};

/** What was seen of checks, bound to the files that are handed over. */
export const evidenceLines = (checks: readonly CheckEvidence[], tree: TreeId | null, settings: ViewFor): Line[] => {
  if (checks.length === 0) return [];
  const bound = tree === null ? "" : ` for tree ${tree.slice(0, 12)}`;
  const lines = checks.map(({ command, standing }) => {
    const [name, says] = standings[standing];
    return headLine([span("  "), mark(name, settings)], span(visibleLine(command)), ` — ${says}`, settings);
  });
  return [cutLine([span("Evidence", "strong"), span(bound, "dim")], columnsFor(settings)), ...lines];
};

const letters = { add: "A", delete: "D", update: "M" } as const;
const verbs = { add: "added", delete: "deleted", update: "changed" } as const;
const mostFiles = 8;

const changedLine = (changes: readonly FileChange[], settings: ViewSettings): Line[] => {
  if (changes.length === 0) return [];
  const names = changes
    .slice(0, mostFiles)
    .map(
      ({ kind, path, move_path: to }) => `${settings.plain ? verbs[kind] : letters[kind]} ${visibleLine(to ?? path)}`,
    );
  const more = changes.length > mostFiles ? `, … ${changes.length - mostFiles} more` : "";
  const line = [span(`Changed ${counted(changes.length, "file")}: `, "strong"), span(`${names.join(", ")}${more}`)];
  return [cutLine(line, columnsFor(settings))];
};

const usageText = ({ usage, models }: TurnEntry, settings: ViewFor): string => {
  if (usage.input_tokens === 0 && usage.output_tokens === 0) return "";
  const cached = usage.input_tokens === 0 ? 0 : Math.round((100 * usage.cached_input_tokens) / usage.input_tokens);
  const cost = settings.costOf?.(models) ?? null;
  const money = cost === null || cost === 0 ? "" : ` · $${cost.toFixed(cost >= 1 ? 2 : 4)}`;
  const part = cached > 0 ? ` (${cached} % cached)` : "";
  return `${shortCount(usage.input_tokens)} tokens in${part}, ${shortCount(usage.output_tokens)} out${money}`;
};

/** The end of a turn: how it ended, what it changed, what was proven, what it took. */
export const turnEndLines = (entry: TurnEntry, settings: ViewFor): Line[] => {
  const { end, changes } = entry;
  const failed = end.type === "turn.failed" ? end.error : null;
  const sign = failed?.code === "interrupted" ? "stopped" : "failed";
  const why = failed === null ? [] : noteLines(mark(sign, settings), failed.message, "plain", settings);
  const evidence = end.type === "turn.completed" ? evidenceLines(end.evidence ?? [], end.tree ?? null, settings) : [];
  const used = usageText(entry, settings);
  const last = used === "" ? [] : [cutLine(lineOf(used, "dim"), columnsFor(settings))];
  return [...why, ...changedLine(changes, settings), ...evidence, ...last];
};
