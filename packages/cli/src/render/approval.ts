import type { Question } from "@fettle/agent";
import type { ApprovalChoice, ApprovalItem, ApprovalSubject } from "@fettle/protocol";
import type { Colours } from "./colours.ts";
import { oneLine, visibleLine } from "./plain-text.ts";
import { wrapped } from "./wrapped.ts";

const titles: Readonly<Record<ApprovalChoice, string>> = {
  once: "[o]nce",
  thread: "this [t]hread",
  always: "[a]lways",
  no: "[n]o, and a word to the model",
};

const barred = (text: string, columns: number): string =>
  wrapped(text.trimEnd(), columns, { first: "  │ ", next: "  │ ", atBlanks: false });

/** A line of fettle's own that quotes others. */
const told = (text: string, columns: number, first = "  "): string =>
  wrapped(visibleLine(text), columns, { first, next: "    ┆ ", atBlanks: true });

/** Each row by itself: what a terminal is told of colours must not reach over a row's end. */
const painted = (paint: (text: string) => string, text: string): string => text.split("\n").map(paint).join("\n");

const rights = "OUTSIDE OF THE SANDBOX";

/** Exactly what would be done, whole. */
const subjectLines = (subject: ApprovalSubject, c: Colours, columns: number): string => {
  const headed = (text: string): string => told(text, columns, "? ").replace("?", c.yellow("?"));
  const warned = (text: string): string => painted(c.red, told(text, columns, "? "));
  switch (subject.kind) {
    case "command": {
      const where = subject.run === "host" ? "outside of the sandbox, with your rights" : "in the sandbox";
      const head = (subject.run === "host" ? warned : headed)(`Run ${where}, in ${visibleLine(subject.cwd)}?`);
      return `${head}\n${barred(subject.command, columns)}`;
    }
    case "patch":
      return `${headed(`Change ${subject.paths.map(visibleLine).join(", ")}?`)}\n${barred(subject.diff ?? "", columns)}`;
    case "network":
      return headed(`Let commands reach ${subject.host}:${subject.port} (${subject.protocol})?`);
    case "tool": {
      const what = `Call ${subject.tool} of the MCP server ${subject.server}, outside of the sandbox?`;
      const scope = painted(c.dim, told(`"thread" and "always" allow it whatever its arguments are`, columns));
      return `${warned(what)}\n${barred(subject.arguments, columns)}\n${scope}`;
    }
    case "elicitation": {
      const wanted = subject.fields.length === 0 ? "" : ` It wants: ${subject.fields.join(", ")}.`;
      const how = "answer o and the text (or a JSON object of all fields)";
      return `${headed(`The MCP server ${subject.server} asks:`)}\n${barred(subject.asks, columns)}\n${painted(c.dim, told(`${how}.${wanted}`, columns))}`;
    }
  }
};

/** Each rule of a proposal, or what an entry for a host covers, on a line. */
const proposalLines = (proposal: string, subject: ApprovalSubject, columns: number): string[] => {
  const parts = subject.kind === "network" ? [`${proposal} (${coverage(proposal)})`] : rulesIn(proposal);
  return parts.map((part) =>
    told(`always would add${isOutside(part) ? `, for ${rights}` : ""}: ${visibleLine(part)}`, columns),
  );
};

/** Whether a rule allows something outside of the sandbox. */
export const isOutside = (rule: string): boolean => /^run = "host"$/m.test(rule);

const coverage = (entry: string): string =>
  /(?:^[^:]*|\]):\d+$/.test(entry) ? "this port only" : "its ports 80 and 443";

/** What stands before a rule's words, or a host, while they are changed. */
export const editLine = (part: string, c: Colours): string => {
  const where = isOutside(part) ? `, for ${c.red(rights)}` : "";
  return `write${where} (Enter takes it, empty leaves it out): `;
};

/** The rules of a proposal, which is the text of a rules file. */
export const rulesIn = (proposal: string): string[] => proposal.split(/\n(?=\[\[rule\]\])/);

/** What becomes of a proposal that was changed: what it would allow, or why it cannot be. */
const changedLines = (item: Question, c: Colours, columns: number): string => {
  const { changed, proposal, subject } = item;
  if (changed === undefined || proposal === undefined) return "";
  if (!changed.ok) return painted(c.yellow, told(`not written: ${changed.why}`, columns, "! "));
  const lines = [
    ...proposalLines(proposal, subject, columns),
    ...changed.allows.map((words) => painted(c.bold, told(`that allows ${words}`, columns))),
    c.dim("  always, and Enter, writes it"),
  ];
  return lines.join("\n");
};

/** A waiting question: what, why, and what would be written. Its rows fit into `columns`. */
export const questionLines = (item: Question, c: Colours, columns: number): string => {
  const { subject, why, reason, proposal } = item;
  if (item.changed !== undefined) return changedLines(item, c, columns);
  const lines = [subjectLines(subject, c, columns), painted(c.dim, told(`because ${why}`, columns))];
  if (reason !== undefined) lines.push(painted(c.dim, told(`the model says: ${reason}`, columns)));
  if (proposal !== undefined)
    for (const line of proposalLines(proposal, subject, columns)) lines.push(painted(c.dim, line));
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
    case "tool":
      return `${oneLine(subject.server, 80)} ${oneLine(subject.tool, 80)}`;
    case "elicitation":
      return `answer to the MCP server ${oneLine(subject.server, 80)}`;
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
    return subject.kind === "network" || subject.kind === "elicitation"
      ? `${c.red("✗")} ${nameOf(subject)} ${c.dim(`— ${refusers[answer.by]}${word}`)}`
      : null;
  }
  const by = answer.by === "reviewer" ? ", by the reviewing model" : "";
  return `${c.green("✓")} allowed ${allowed[answer.choice]}${by}: ${nameOf(subject)}`;
};
