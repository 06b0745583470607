import type { ApprovalChoice, ApprovalItem, ApprovalSubject } from "@fettle/protocol";
import type { Colours } from "./colours.ts";
import { oneLine, visibleText } from "./plain-text.ts";

const titles: Readonly<Record<ApprovalChoice, string>> = {
  once: "[o]nce",
  thread: "this [t]hread",
  always: "[a]lways",
  no: "[n]o, and a word to the model",
};

const barred = (text: string): string => visibleText(text.trimEnd()).replace(/^/gm, "  │ ");

/** Exactly what would be done, whole. */
const subjectLines = (subject: ApprovalSubject, c: Colours): string => {
  switch (subject.kind) {
    case "command": {
      const where = subject.run === "host" ? c.red("outside of the sandbox, with your rights") : "in the sandbox";
      return `Run ${where}, in ${visibleText(subject.cwd)}?\n${barred(subject.command)}`;
    }
    case "patch":
      return `Change ${subject.paths.map(visibleText).join(", ")}?\n${barred(subject.diff ?? "")}`;
    case "network":
      return `Let commands reach ${c.bold(`${visibleText(subject.host)}:${subject.port}`)} (${visibleText(subject.protocol)})?`;
  }
};

/** A waiting question: what, why, and what would be written. */
export const questionLines = (item: ApprovalItem, c: Colours): string => {
  const lines = [`${c.yellow("?")} ${subjectLines(item.subject, c)}`, c.dim(`  because ${oneLine(item.why, 400)}`)];
  if (item.reason !== undefined) lines.push(c.dim(`  the model says: ${oneLine(item.reason, 400)}`));
  if (item.proposal !== undefined) lines.push(c.dim(`  always would add: ${oneLine(item.proposal, 400)}`));
  return lines.join("\n");
};

/** The choices, for the line on which the answer is typed. */
export const choiceLine = (choices: readonly ApprovalChoice[], c: Colours): string =>
  `${c.bold(choices.map((choice) => titles[choice]).join(" · "))}:`;

const nameOf = (subject: ApprovalSubject): string => {
  switch (subject.kind) {
    case "command":
      return `$ ${oneLine(subject.command, 160)}`;
    case "patch":
      return `patch of ${oneLine(subject.paths.join(", "), 160)}`;
    case "network":
      return `network ${oneLine(subject.host, 160)}:${subject.port}`;
  }
};

const allowed = { once: "once", thread: "for this thread", always: "always" } as const;
const refusers = { person: "you said no", program: "the answers say no", reviewer: "refused", nobody: "nobody to ask" };

/** An answered question in a line; null when the failed command or patch that follows says it all. */
export const answerLine = (item: ApprovalItem, c: Colours): string | null => {
  const { answer, subject } = item;
  if (answer === undefined) return null;
  if (answer.choice === "no") {
    const word = answer.message === undefined ? "" : `: ${oneLine(answer.message, 200)}`;
    return subject.kind === "network"
      ? `${c.red("✗")} ${nameOf(subject)} ${c.dim(`— ${refusers[answer.by]}${word}`)}`
      : null;
  }
  const by = answer.by === "reviewer" ? ", by the reviewing model" : "";
  return `${c.green("✓")} allowed ${allowed[answer.choice]}${by}: ${nameOf(subject)}`;
};
