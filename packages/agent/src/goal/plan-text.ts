/*
 * A goal is a Markdown file that people write and read: check items, each with an optional command that proves it.
 *
 *   - [ ] The parser takes trailing commas
 *     verify: `npm test -- parser`
 *     > question: also in type lists?
 *     > answer: yes
 */

export type PlanQuestion = { readonly text: string; readonly answer: string | null };

export type PlanStep = {
  /** What stays the same while boxes and other lines change: its words, and which of several with the same words it is. */
  readonly key: string;
  readonly text: string;
  readonly done: boolean;
  /** The command that proves it, null when nothing does. */
  readonly verify: string | null;
  readonly questions: readonly PlanQuestion[];
  /** The line of the check box, and the last line that belongs to the step; from 0. */
  readonly line: number;
  readonly lastLine: number;
};

const item = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+\[([ xX])\]\s+(\S.*)$/;
const proof = /^\s+(?:[-*+]\s+)?verify:\s*(\S.*)$/i;
/** `(verify: `npm test`)` at the end of the step's own line. */
const inlineProof = /(?:\s[—–-])?\s\(?verify:\s*(`+)(.+?)\1\)?[.\s]*$/i;
const quote = /^\s*>\s?(.*)$/;
const fence = /^\s*(?:>\s*)*(`{3,}|~{3,})/;
/** How people begin a line that is to hold a command. */
const meantAsProof = /^[\s>*+_`-]*verify\b[*_]*:/i;
const commentStart = /^\s*<!--/;
/** Longer lines are nothing that people write as a step. */
const longestLine = 4000;

const quotedCommand = /^(`+)(.+?)\1(?!`)(.*)$/;
/** Backquotes around a command are Markdown, not shell; what follows them is for people. */
const commandOf = (text: string): string => quotedCommand.exec(text)?.[2]?.trim() ?? text.trim();

const indentOf = (line: string): number => line.length - line.trimStart().length;

type Draft = {
  text: string;
  done: boolean;
  verify: string | null;
  questions: { text: string; answer: string | null }[];
  line: number;
  lastLine: number;
  indent: number;
};

const stepAt = (found: RegExpExecArray, line: number): Draft => {
  const [, indent = "", mark = " ", words = ""] = found;
  const inline = inlineProof.exec(words);
  return {
    text: (inline === null ? words : words.slice(0, inline.index)).trim(),
    done: mark !== " ",
    verify: inline?.[2]?.trim() ?? null,
    questions: [],
    line,
    lastLine: line,
    indent: indent.length,
  };
};

const takeQuote = (step: Draft, words: string): void => {
  const [, kind, rest = ""] = /^(question|answer):\s*(.*)$/i.exec(words.trim()) ?? [];
  const last = step.questions.at(-1);
  if (kind?.toLowerCase() === "question") step.questions.push({ text: rest, answer: null });
  else if (last !== undefined && (kind !== undefined || last.answer !== null))
    last.answer = `${last.answer ?? ""}\n${kind === undefined ? words : rest}`.trim();
};

/** Whether the line was one of the step's own. */
const belongs = (step: Draft, line: string): boolean => {
  const quoted = quote.exec(line);
  if (quoted !== null) takeQuote(step, quoted[1] ?? "");
  else if (indentOf(line) <= step.indent) return false;
  const command = proof.exec(line)?.[1];
  if (command !== undefined) step.verify ??= commandOf(command);
  return true;
};

/** Whether a line that looks like a command is none, or more than one. The step's command before the line and after it. */
const isMisread = (line: string, before: string | null, after: string | null): boolean => {
  const words = item.exec(line)?.[3];
  if (words !== undefined) return after === null && /\s\(?verify:/i.test(words);
  if (!meantAsProof.test(line)) return false;
  const further = quotedCommand.exec(proof.exec(line)?.[1] ?? "")?.[3] ?? "";
  return before !== null || after === null || further.includes("`");
};

const keyed = (drafts: readonly Draft[]): PlanStep[] => {
  const seen = new Map<string, number>();
  return drafts.map(({ indent: _, ...step }) => {
    const count = (seen.get(step.text) ?? 0) + 1;
    seen.set(step.text, count);
    return { ...step, key: `${step.text}\n${count}` };
  });
};

/** Reads the steps of a plan. Whatever else the file has, also in fenced code and comments, is for people. Pure. */
export const parsePlan = (text: string): PlanStep[] => readPlanText(text).steps;

/** The steps, and the lines (from 0) that look as if they held a command which is not taken, or not all of it. Pure. */
export const readPlanText = (text: string): { steps: PlanStep[]; misread: number[] } => {
  const steps: Draft[] = [];
  const misread: number[] = [];
  let current: Draft | null = null;
  let fenced: string | null = null;
  let commented = false;
  for (const [number, raw] of text.split("\n").entries()) {
    const line = raw.length > longestLine ? "" : raw.replace(/\r$/, "");
    if (commented || (fenced === null && commentStart.test(line))) {
      commented = !raw.includes("-->");
      continue;
    }
    const marks = fence.exec(line)?.[1];
    if (fenced === null && marks !== undefined) {
      fenced = marks;
      if (current !== null && indentOf(line) <= current.indent) current = null;
      continue;
    }
    if (fenced !== null) {
      if (!marks?.startsWith(fenced) || line.trim() !== marks) continue;
      fenced = null;
      // Only now: what is added below a step must not come to lie in a fence.
      if (current !== null) current.lastLine = number;
      continue;
    }
    const found = item.exec(line);
    const before: string | null = current?.verify ?? null;
    if (found !== null) {
      current = stepAt(found, number);
      steps.push(current);
    } else if (current !== null && line.trim() !== "") {
      if (belongs(current, line)) current.lastLine = number;
      else current = null;
    }
    if (isMisread(line, before, current?.verify ?? null)) misread.push(number);
  }
  return { steps: keyed(steps), misread };
};

export type PlanChange = {
  /** Boxes to set, by the step's key. */
  readonly done: ReadonlyMap<string, boolean>;
  /** Questions to write under steps, by key. A step that waits for an answer already gets none. */
  readonly questions: ReadonlyMap<string, string>;
  /** Written under every step that waits for one. */
  readonly answer: string | null;
};

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();

/** What is put below a step: a question, or an answer to the one that waits. */
const addedLine = (step: PlanStep, change: PlanChange): string | null => {
  const waits = isWaiting(step);
  const question = change.questions.get(step.key);
  if (change.answer !== null && waits) return `> answer: ${oneLine(change.answer)}`;
  return question === undefined || waits ? null : `> question: ${oneLine(question)}`;
};

/** The same text with boxes set and lines added; every other byte stays. Steps that are no longer there are passed over. Pure. */
export const changePlan = (text: string, change: PlanChange): string => {
  const lines = text.split("\n");
  const end = text.includes("\r\n") ? "\r" : "";
  for (const step of parsePlan(text).reverse()) {
    const words = addedLine(step, change);
    if (words !== null) {
      const added = `${" ".repeat(indentOf(lines[step.line] ?? "") + 2)}${words}`;
      // The last line of a file may have no end of its own.
      const atEnd = step.lastLine === lines.length - 1;
      if (atEnd) lines[step.lastLine] += end;
      lines.splice(step.lastLine + 1, 0, atEnd ? added : added + end);
    }
    const done = change.done.get(step.key);
    if (done !== undefined && done !== step.done)
      lines[step.line] = (lines[step.line] ?? "").replace(/\[[ xX]\]/, done ? "[x]" : "[ ]");
  }
  return lines.join("\n");
};

/** Whether the step's last question has no answer yet; an answer is taken to be one to all questions above it. */
export const isWaiting = ({ questions }: PlanStep): boolean =>
  questions.length > 0 && (questions.at(-1)?.answer ?? "") === "";
