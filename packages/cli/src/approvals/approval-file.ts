import { readFileSync } from "node:fs";
import type { Answer, Approver, Question } from "@fettle/agent";
import * as z from "zod/mini";
import { UsageError } from "../usage-error.ts";

/* Answers for programs: one JSON object a line. The first that fits a question answers it; what none fits is "no". */

const entry = z.strictObject({
  kind: z.enum(["command", "patch", "network", "tool", "elicitation"]),
  /** The command, the host (and port), one of the patch's paths, SERVER/TOOL, or SERVER/ and what it asks; a `*` at the end stands for any rest. */
  match: z.string(),
  answer: z.enum(["once", "thread", "always", "no"]),
  message: z.optional(z.string()),
});
type Entry = z.infer<typeof entry>;

const fits = (text: string, match: string): boolean =>
  match.endsWith("*") ? text.startsWith(match.slice(0, -1)) : text === match;

/** A host without a port means the web's two, as everywhere in answers. */
const hostFits = ({ host, port }: { host: string; port: number }, match: string): boolean =>
  fits(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`, match) ||
  ((port === 80 || port === 443) && fits(host, match));

const entryFits = ({ kind, match }: Entry, { subject }: Question): boolean => {
  if (subject.kind !== kind) return false;
  switch (subject.kind) {
    case "command":
      return fits(subject.command.trim(), match);
    case "network":
      return hostFits(subject, match);
    case "tool":
      return fits(`${subject.server}/${subject.tool}`, match);
    case "elicitation":
      return fits(`${subject.server}/${subject.asks}`, match);
    case "patch":
      // Every path must fit, or a patch could bring others along.
      return subject.paths.every((path) => fits(path, match));
  }
};

const readLines = (path: string): string[] => {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    throw new UsageError(`--approval-file: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
};

const parseLine = (line: string, where: string): Entry => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`--approval-file: ${where}: not JSON`);
  }
  const parsed = entry.safeParse(value);
  if (parsed.success) {
    if (parsed.data.match.slice(0, -1).includes("*"))
      throw new UsageError(`--approval-file: ${where}: a * in match counts only at its end`);
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.map(String).join(".")})`;
  throw new UsageError(
    `--approval-file: ${where}: expected {"kind":"command|patch|network|tool|elicitation","match":"…","answer":"once|thread|always|no","message":"…"}${place}`,
  );
};

const answerOf = (found: Entry | undefined, question: Question): Answer => {
  if (found === undefined) return { choice: "no", by: "program" };
  const message = found.message === undefined ? {} : { message: found.message };
  // There is nothing that could be written for this question, so it is allowed for the thread.
  const choice = question.choices.includes(found.answer) ? found.answer : "thread";
  return { choice, by: "program", ...message };
};

/** Reads a file of answers whole. A line that is none is a UsageError which names it. */
export const readApprovalFile = (path: string): Approver => {
  const entries = readLines(path).flatMap((line, index) =>
    line.trim() === "" ? [] : [parseLine(line, `${path}:${index + 1}`)],
  );
  return async (question) =>
    answerOf(
      entries.find((candidate) => entryFits(candidate, question)),
      question,
    );
};
