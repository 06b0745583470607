import { createInterface, type Interface } from "node:readline";
import type { Answer, Question } from "@fettle/agent";
import type { ApprovalChoice } from "@fettle/protocol";
import { choiceLine, editLine, questionLines, rulesIn } from "../render/approval.ts";
import { type Colours, coloursFor } from "../render/colours.ts";
import { columnsOf } from "../render/wrapped.ts";
import { editable, edited } from "./edit-proposal.ts";

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

/** What `always` writes, each rule's words (or the host) on a line that can be changed. An empty line leaves one out. */
const editProposal = async (proposal: string, colours: Colours, signal: AbortSignal): Promise<string | null> => {
  const kept: string[] = [];
  for (const part of rulesIn(proposal)) {
    const line = await readLine(editLine(part, colours), editable(part), signal);
    if (line === null) return null;
    const changed = edited(part, line);
    if (changed !== null) kept.push(changed);
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
