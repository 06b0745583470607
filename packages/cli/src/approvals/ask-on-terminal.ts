import { createInterface, type Interface } from "node:readline";
import type { Answer, Question } from "@fettle/agent";
import type { ApprovalChoice } from "@fettle/protocol";
import { choiceLine, editLine, questionLines, rulesIn } from "../render/approval.ts";
import { type Colours, coloursFor } from "../render/colours.ts";
import { visibleText } from "../render/plain-text.ts";
import { columnsOf } from "../render/wrapped.ts";

const letters: Readonly<Record<string, ApprovalChoice>> = { o: "once", t: "thread", a: "always", n: "no" };

/** One line of the terminal; null when the input ends or the signal comes first. */
const readLine = (prompt: string, prefill: string, signal: AbortSignal): Promise<string | null> => {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let answered = false;
  const reader: Interface = createInterface({ input: process.stdin, output: process.stderr, terminal: prefill !== "" });
  const stop = (): void => {
    // What was asked stays readable above whatever is said next.
    if (!answered) process.stderr.write("\n");
    answered = true;
    resolve(null);
  };
  reader.once("close", stop);
  // While a line is edited the terminal sends Ctrl-C as a key, and the run must hear of it all the same.
  reader.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  signal.addEventListener("abort", stop, { once: true });
  reader.question(prompt, (line) => {
    answered = true;
    resolve(line);
  });
  if (prefill !== "") reader.write(prefill);
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    reader.close();
  });
};

type Said = { readonly choice: ApprovalChoice; readonly word: string };

/** `o`, `once`, `n not there, in docs`: the first word chooses; the rest is for the model. Null when it is none. */
const understand = (line: string, question: Question): Said | null => {
  const [, first = "", word = ""] = /^\s*(\S+)\s*(.*)$/.exec(line) ?? [];
  const choice = letters[first.toLowerCase()] ?? question.choices.find((name) => name === first.toLowerCase());
  return choice !== undefined && question.choices.includes(choice) ? { choice, word: word.trim() } : null;
};

const nobody: Answer = { choice: "no", by: "nobody" };

const prefixLine = /^prefix = (.*)$/m;

const wordsIn = (prefix: string): number | null => {
  try {
    const words: unknown = JSON.parse(prefix);
    return Array.isArray(words) ? words.length : null;
  } catch {
    return null;
  }
};

/**
 * A rule with other words. Its examples were made for the old ones; with fewer words it is meant for more than the one
 * command, which is shown before it is written.
 */
const withPrefix = (rule: string, prefix: string): string => {
  const [before, after] = [wordsIn(prefixLine.exec(rule)?.[1] ?? ""), wordsIn(prefix)];
  const shorter = before !== null && after !== null && after < before;
  return rule
    .replace(prefixLine, () => `prefix = ${prefix}`)
    .split("\n")
    .filter((line) => !line.startsWith("match = ") && !(shorter && line === "exact = true"))
    .join("\n");
};

/** What `always` writes, each rule's words (or the host) on a line that can be changed. An empty line leaves one out. */
const editProposal = async (proposal: string, colours: Colours, signal: AbortSignal): Promise<string | null> => {
  const kept: string[] = [];
  for (const part of rulesIn(proposal)) {
    const words = prefixLine.exec(part)?.[1] ?? part.trim();
    const shown = visibleText(words);
    const line = await readLine(editLine(part, colours), shown, signal);
    if (line === null) return null;
    if (line.trim() === "") continue;
    kept.push(
      line.trim() === shown.trim() ? part : prefixLine.test(part) ? withPrefix(part, line.trim()) : line.trim(),
    );
  }
  return kept.join("\n");
};

/** Shows a question on the terminal and reads the answer from it. The end of input is a "no". */
export const askOnTerminal = async (question: Question, signal: AbortSignal): Promise<Answer> => {
  const colours = coloursFor(process.stderr);
  process.stderr.write(`${questionLines(question, colours, columnsOf(process.stderr))}\n`);
  for (;;) {
    const line = await readLine(`${choiceLine(question.choices, colours)} `, "", signal);
    if (line === null) return nobody;
    const said = understand(line, question);
    if (said === null) continue;
    const { choice, word } = said;
    if (choice !== "always") return { choice, by: "person", ...(word === "" ? {} : { message: word }) };
    // A rule for a tool has nothing in it to change.
    if (question.subject.kind === "tool") return { choice, by: "person", proposal: question.proposal ?? "" };
    const proposal = await editProposal(question.proposal ?? "", colours, signal);
    if (proposal === null) return nobody;
    if (proposal !== "") return { choice, by: "person", proposal };
  }
};
