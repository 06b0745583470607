import type { EventOf, GoalStanding, GoalStatus, TodoListItem } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import type { ViewSettings } from "../../contract.ts";
import { counted, duration, mark, type ViewFor } from "../depth.ts";
import { columnsFor, cutLine, indented, type Line, lineOf, type Style, span } from "../spans.ts";

type Step = TodoListItem["items"][number];

const stepMark = (step: Step, { plain }: ViewSettings): { text: string; style: Style } => {
  if (step.completed) return { text: plain ? "done:" : "☑", style: "good" };
  if (step.in_progress === true) return { text: plain ? "now:" : "▸", style: "warn" };
  return { text: plain ? "open:" : "☐", style: "dim" };
};

/** The plan as a checklist. */
export const planLines = ({ items }: TodoListItem, settings: ViewSettings): Line[] => {
  const done = items.filter(({ completed }) => completed).length;
  const head = lineOf(`Plan: ${done} of ${counted(items.length, "step")} done`, "strong");
  const steps = items.flatMap((step) => {
    const { text, style } = stepMark(step, settings);
    const frame = { first: [span(`  ${text} `, style)], next: lineOf("    ") };
    const words = lineOf(visibleLine(step.text), step.completed ? "dim" : "plain");
    return indented([words], columnsFor(settings), frame);
  });
  return [cutLine(head, columnsFor(settings)), ...steps];
};

/** The plan when it ended: a line is enough where all of it was done. */
export const endedPlanLines = (item: TodoListItem, settings: ViewFor): Line[] => {
  const lines = planLines(item, settings);
  const short =
    settings.depth === "brief" || (settings.depth === "normal" && item.items.every(({ completed }) => completed));
  return short ? lines.slice(0, 1) : lines;
};

const standings: Readonly<Record<GoalStanding, readonly [Parameters<typeof mark>[0], string]>> = {
  verified: ["ok", "verified"],
  claimed: ["unsure", "unproven: ticked by word alone, it has no verify command"],
  failed: ["failed", "its command fails"],
  waiting: ["unsure", "a question waits in the plan"],
  open: ["note", "open"],
};

const ends: Readonly<Record<GoalStatus, string>> = {
  working: "going on",
  done: "done",
  questions: "only questions are left; answer them in the plan",
  stalled: "stopped, because nothing new was seen for too many turns",
  limit: "stopped at a limit",
};

/** How far a goal is. */
export const goalLines = (goal: EventOf<"goal.updated">, settings: ViewFor): Line[] => {
  if (goal.status === "working" && goal.steps.length === 0) return [];
  const columns = columnsFor(settings);
  const settled = goal.steps.filter(({ standing }) => standing === "verified" || standing === "claimed").length;
  const took = `${counted(goal.turns, "turn")}, ${duration(goal.elapsed_ms)}`;
  const head = `Goal: ${ends[goal.status]} (${settled} of ${counted(goal.steps.length, "step")}, ${took})`;
  const lines = indented([lineOf(head, "strong")], columns, { first: [], next: lineOf("  ") });
  if (goal.status === "working" && settings.depth !== "whole") return lines;
  const steps = goal.steps.flatMap(({ text, standing }) => {
    const [name, says] = standings[standing];
    const frame = { first: [span("  "), mark(name, settings), span(" ")], next: lineOf("    ") };
    return indented([[span(visibleLine(text)), span(` — ${says}`, "dim")]], columns, frame);
  });
  return [...lines, ...steps];
};
