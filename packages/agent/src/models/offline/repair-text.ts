import type { Candidate, SearchReport } from "../../offline/search/report.ts";
import { type Answer, answer } from "./answer.ts";
import type { Attempt } from "./apply-edit.ts";
import type { CommandOutcome } from "./command-outcome.ts";
import type { Memory } from "./memory.ts";
import { quote } from "./run-tests.ts";

/*
 * The words of a repair's end. They claim what was seen and no more.
 */

const unproven = "It passes the tests it was shown; it is unproven beyond them.";

const inline = (text: string): string => {
  const line = text.trim().replace(/\s+/g, " ");
  const short = line.length > 100 ? `${line.slice(0, 99)}…` : line;
  return short === "" ? "(nothing)" : `\`${short}\``;
};

/** One edit in words: where, what for what, and of which kind. */
export const describeEdit = (edit: Candidate): string =>
  `${edit.file}:${edit.line}: ${inline(edit.before)} → ${inline(edit.after)} (${edit.why === "" ? edit.kind : edit.why}; ${edit.tier})`;

const caution: Readonly<Record<Candidate["tier"], string>> = {
  likely: "",
  plausible: "",
  doubtful: " Edits of this kind often satisfy tests without being right: read it before you keep it.",
};

type Failing = SearchReport["test"]["failing"];

/** The first line of a message; with the second where it only announces it ("Expected values to be equal:"). */
const gist = (message: string): string => {
  const [first = "", second = ""] = message.split("\n").filter((line) => line.trim() !== "");
  return first.trimEnd().endsWith(":") ? `${first.trim()} ${second.trim()}`.trimEnd() : first.trim();
};

const describeFailing = (failing: Failing): string =>
  failing
    .slice(0, 8)
    .map(({ file, name, message, location }) => {
      const place = location ?? file;
      const first = gist(message);
      return `- ${name || file || "test"}${first === "" ? "" : `: ${first.slice(0, 160)}`}${place === undefined ? "" : ` (${place})`}`;
    })
    .concat(failing.length > 8 ? [`- … and ${failing.length - 8} more`] : [])
    .join("\n");

const effort = (report: SearchReport, memory: Memory): string =>
  `The search tried ${report.tried} of ${report.total} edits in ${(report.elapsedMs / 1000).toFixed(1)} s (seed ${memory.seed}).`;

/** Those edits that were not yet tried, with the numbers by which the user names them. */
export const alternativesOf = (memory: Memory): { number: number; edit: Candidate }[] =>
  memory.candidates.slice(1).map((edit, index) => ({ number: index + 1, edit }));

const alternativeLines = (memory: Memory): string[] =>
  alternativesOf(memory)
    .filter(({ edit }) => !memory.tried.includes(edit))
    .slice(0, 3)
    .map(({ number, edit }) => `${number}. ${describeEdit(edit)}`);

const alternativeText = (memory: Memory): string => {
  const lines = alternativeLines(memory);
  if (lines.length === 0) return "The search found no other edit that passes.";
  return `Other edits that passed in the search (say "try alternative 1"):\n${lines.join("\n")}`;
};

const failingNames = (failing: Failing): string[] => failing.map(({ name, file, message }) => name ?? file ?? message);

const rejected = (attempts: readonly Attempt[]): string => {
  const lines = attempts.flatMap((attempt) => {
    if (attempt.type === "passes") return [];
    const why =
      attempt.type === "not_applied"
        ? `could not be applied: ${attempt.message}`
        : attempt.stuck === null
          ? "did not pass the whole command, so I took it back"
          : `did not pass, and could not be taken back (${attempt.stuck}); \`fettle undo\` restores the files`;
    return [`- ${describeEdit(attempt.candidate)}: ${why}`];
  });
  return lines.length === 0 ? "" : `Tried before it:\n${lines.join("\n")}`;
};

const paragraphs = (...parts: readonly string[]): string => parts.filter((part) => part.trim() !== "").join("\n\n");

/** How a run ended, in words. */
export const seen = (run: CommandOutcome): string =>
  run.code === null ? `ended after ${run.seconds} s without an exit code` : `exit ${run.code}, ${run.seconds} s`;

/** The end of a repair in which an edit passes. */
export const mended = (
  memory: Memory,
  report: SearchReport,
  command: string,
  attempt: Extract<Attempt, { type: "passes" }>,
  earlier: readonly Attempt[],
): Answer => {
  const edit = attempt.candidate;
  const { failing } = report.test;
  const head = attempt.whole
    ? `Mended: \`${command}\` failed before and passes now (${seen(attempt.run)}). ${unproven}${caution[edit.tier]}`
    : `The failing tests pass now by \`${report.test.command}\`, but \`${command}\` as a whole still fails (${seen(attempt.run)}) in something other than these tests:\n${quote(attempt.run.output, 8)}\n${unproven}${caution[edit.tier]}`;
  const before = failing.length === 0 ? "" : `Failing before:\n${describeFailing(failing)}`;
  const text = paragraphs(
    head,
    `Changed ${describeEdit(edit)}`,
    before,
    rejected(earlier),
    alternativeText(memory),
    `${effort(report, memory)} I am the offline engine: I search for edits and run the tests, I do not understand the code.`,
  );
  return answer(text, {
    success: attempt.whole,
    changed: true,
    testsPass: attempt.whole,
    command,
    files: [edit.file],
    citations: [`${edit.file}:${edit.line}`],
    alternatives: alternativeLines(memory),
    failing: failingNames(failing),
  });
};

const suspicion = (report: SearchReport): string => {
  const lines = report.suspicious.slice(0, 5).map(({ file, line, score }) => `- ${file}:${line} (${score.toFixed(2)})`);
  return lines.length === 0 ? "" : `Lines that the failing tests make most suspicious:\n${lines.join("\n")}`;
};

const more =
  'Say "try longer" for a longer search in another order, or use a model that can reason: export OPENAI_API_KEY=…, or `fettle exec -m ollama/MODEL` with a local server.';

/** The end of a repair in which nothing was found, or nothing found held. */
export const notMended = (
  memory: Memory,
  report: SearchReport,
  command: string,
  attempts: readonly Attempt[],
): Answer => {
  const { failing } = report.test;
  const stuck = attempts.some((attempt) => attempt.type === "fails" && attempt.stuck !== null);
  const nothing = stuck ? "" : " No file is changed.";
  const head = {
    found: `\`${command}\` still fails: the search found edits, but none of them held.${nothing}`,
    not_found: `\`${command}\` still fails: no single edit that I tried makes it pass.${nothing}`,
    no_failure: `\`${command}\` fails, but the search saw no failing test in it, so there is nothing to search against.${nothing}`,
    unsupported: `\`${command}\` fails, and the search cannot work on it.${nothing}`,
    error: `\`${command}\` fails, and the search itself failed.${nothing}`,
  }[report.status];
  const text = paragraphs(
    report.reason === undefined || report.reason === "" ? head : `${head} Reason: ${report.reason}`,
    failing.length === 0 ? "" : `Failing:\n${describeFailing(failing)}`,
    rejected(attempts).replace("Tried before it:", "Tried:"),
    suspicion(report),
    `${effort(report, memory)} ${more}`,
  );
  return answer(text, {
    changed: stuck,
    testsPass: false,
    command,
    citations: report.suspicious.slice(0, 5).map(({ file, line }) => `${file}:${line}`),
    files: [...new Set(report.suspicious.map(({ file }) => file))].slice(0, 5),
    failing: failingNames(failing),
  });
};

/** The end of a repair that was to change nothing. */
export const proposed = (memory: Memory, report: SearchReport, command: string, edit: Candidate): Answer => {
  const text = paragraphs(
    `\`${command}\` fails. In a private copy this edit made it pass; as you asked, nothing is changed. ${unproven}${caution[edit.tier]}`,
    describeEdit(edit),
    report.test.failing.length === 0 ? "" : `Failing:\n${describeFailing(report.test.failing)}`,
    `Say "apply it" to make the edit. ${alternativeText(memory)}`,
    effort(report, memory),
  );
  return answer(text, {
    success: true,
    testsPass: false,
    command,
    files: [edit.file],
    citations: [`${edit.file}:${edit.line}`],
    alternatives: alternativeLines(memory),
    failing: failingNames(report.test.failing),
  });
};
