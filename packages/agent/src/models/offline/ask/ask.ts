import { type Answer, answer } from "../answer.ts";
import type { Memory } from "../memory.ts";
import type { Procedure } from "../replay.ts";
import { surroundingsOf } from "../run-tests.ts";
import { askExplain } from "./ask-explain.ts";
import { askTodos, describeRepository, describeRunning } from "./ask-repository.ts";
import { askDefinition, askTests, askUses } from "./ask-symbol.ts";
import { askFile, askWords } from "./ask-words.ts";
import type { Question } from "./classify-question.ts";

/** The file that a subject names, by its path or, when that is unique, by its end. */
const fileNamed = (files: readonly string[], subject: string): string | null => {
  const wanted = subject.replace(/^\.\//, "");
  if (files.includes(wanted)) return wanted;
  const ends = files.filter((path) => path.endsWith(`/${wanted}`));
  return wanted.includes(".") && ends.length === 1 ? (ends[0] ?? null) : null;
};

/** Answers a question by searching. Changes nothing. */
export function* ask(memory: Memory, question: Question, surroundings: string): Procedure<Answer> {
  const around = yield* surroundingsOf(memory, true);
  switch (question.kind) {
    case "overview":
      return describeRepository(around, surroundings);
    case "how_to_run":
      return describeRunning(around, surroundings);
    case "todos":
      return yield* askTodos(around);
    case "find":
      return yield* askWords(around, question.words);
    default:
  }
  const { kind } = question;
  const subject = question.subject ?? memory.subject;
  if (subject === null) return answer("I do not know what you mean by that: name what I should look for.");
  memory.subject = subject;
  const file = fileNamed(around.files, subject);
  if (file !== null && kind !== "uses") return yield* askFile(around, file);
  if (/\s/.test(subject)) return yield* askWords(around, [subject]);
  if (kind === "define") return yield* askDefinition(around, subject);
  if (kind === "uses") return yield* askUses(around, subject);
  return kind === "tested" ? yield* askTests(around, subject) : yield* askExplain(around, subject);
}
