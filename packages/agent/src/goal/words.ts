import type { StepStand } from "./standings.ts";
import { changeAfter } from "./standings.ts";

/* What the model is told at the beginning of each turn that works on a goal. Everything from the plan is quoted. */

const longestPlan = 24_000;
const longestOutput = 2000;
const mostOutputs = 5;

const otherApproach = "Change your approach";

const marks: Readonly<Record<StepStand["standing"], string>> = {
  verified: "done: its command passed",
  claimed: "done, as you or a person said; nothing proves it",
  failed: "open: its command fails",
  waiting: "leave it: a question about it waits for a person's answer",
  open: "open",
};

const stepLine = ({ step, standing }: StepStand, index: number): string => {
  const proof = step.verify === null ? "" : `\n   verify: \`${step.verify}\``;
  const asked = step.questions.map(
    ({ text, answer }) => `\n   question: ${text}${answer === null ? "" : `\n   a person answered: ${answer}`}`,
  );
  return `${index + 1}. ${step.text} [${marks[standing]}]${proof}${asked.join("")}`;
};

const tailOf = (text: string): string => {
  const trimmed = text.trimEnd();
  return trimmed.length <= longestOutput ? trimmed : `…${trimmed.slice(-longestOutput)}`;
};

const outcome = ({ step, run }: StepStand): string => {
  if (run === null) return "";
  const { exit_code, error, aggregated_output } = run.item;
  const how = error ?? (exit_code === undefined ? "ended by a signal" : `exit ${exit_code}`);
  return `\`${step.verify}\`: ${how}\n${tailOf(aggregated_output)}`;
};

const failures = (stands: readonly StepStand[]): string => {
  const outcomes = [...new Set(stands.filter(({ standing }) => standing === "failed").map(outcome))];
  if (outcomes.length === 0) return "";
  const more = outcomes.length > mostOutputs ? `\n\n(and ${outcomes.length - mostOutputs} more that fail)` : "";
  return `What failed when fettle ran it just now:\n${outcomes.slice(0, mostOutputs).join("\n\n")}${more}`;
};

const listed = (stands: readonly StepStand[]): string => `Steps:\n${stands.map(stepLine).join("\n")}`;

const rules = (planPath: string): string => `How a goal works:
- After each of your turns fettle itself runs the verify command of every step, in the sandbox, and ticks the box in ${planPath} when it exits 0. Your word does not count there, so do not alter what a command checks only to have it pass.
- You cannot change the plan's file; people may, at any time.
- A step without a verify command is done when update_plan shows it as completed, in exactly the step's words.
- For what only a person can decide, call ask_person with the step's number and go on with the other steps.
- End your turn when you want steps to be verified; you are told what passed and what failed.`;

const said = (words: string): string => (words === "" ? "" : `The person says: ${words}`);

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

/** The words that begin the work, or take it up again in a later process. Pure. */
export const firstWords = (goal: {
  readonly planPath: string;
  readonly planText: string;
  readonly stands: readonly StepStand[];
  readonly words: string;
  readonly resumed: boolean;
}): string => {
  const { planPath, planText, stands, words, resumed } = goal;
  if (resumed)
    return joined([
      `Go on with the goal in ${planPath}.`,
      said(words),
      listed(stands),
      failures(stands),
      rules(planPath),
    ]);
  const text = planText.length > longestPlan ? `${planText.slice(0, longestPlan)}\n… (cut)` : planText;
  return joined([
    `Work on the goal in ${planPath} until every step is done.`,
    said(words),
    `The plan as it is written:\n<plan>\n${text.trimEnd()}\n</plan>`,
    listed(stands),
    failures(stands),
    rules(planPath),
  ]);
};

/** What the model's last turn came to. `takenBack`: steps whose claim a person did not accept. Pure. */
export const furtherWords = (round: {
  readonly stands: readonly StepStand[];
  readonly before: readonly StepStand[];
  readonly takenBack: readonly string[];
  readonly stalled: number;
}): string => {
  const { stands, before, takenBack, stalled } = round;
  const earlier = new Map(before.map(({ step, standing }) => [step.key, standing]));
  const passed = stands.filter(({ step, standing }) => standing === "verified" && earlier.get(step.key) !== "verified");
  const broken = stands.filter(({ step, standing }) => standing === "failed" && earlier.get(step.key) === "verified");
  const names = (list: readonly StepStand[]): string => list.map(({ step }) => `"${step.text}"`).join(", ");
  return joined([
    passed.length === 0 ? "No further step was verified." : `Verified now: ${names(passed)}.`,
    broken.length === 0 ? "" : `This passed before and fails now: ${names(broken)}.`,
    takenBack.length === 0 ? "" : `A person has unticked: ${takenBack.map((text) => `"${text}"`).join(", ")}.`,
    listed(stands),
    failures(stands),
    stalled >= changeAfter
      ? `Your last turns brought no new evidence. ${otherApproach}: say what you assumed so far and which of it was never checked, look at the failure itself from the start, and take a way that you have not tried. If only a person can help, call ask_person.`
      : "",
    "Go on with the steps that are open.",
  ]);
};

const stepInWords = /^\d+\. .*\[open: its command fails\]\n {3}verify: `(.+)`$/m;

/**
 * What the words of this file come to for who understands no more than a failing command: that of the first open step.
 * Null when they are not such words, or no command fails. Pure.
 */
export const failingCommandIn = (words: string): { readonly command: string; readonly stalled: boolean } | null => {
  const command = stepInWords.exec(words)?.[1];
  return command === undefined ? null : { command, stalled: words.includes(otherApproach) };
};
