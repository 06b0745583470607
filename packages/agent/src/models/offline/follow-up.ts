import type { Candidate } from "../../offline/search/report.ts";
import { type Answer, answer } from "./answer.ts";
import { takeBack, tryEdit } from "./apply-edit.ts";
import { passed } from "./command-outcome.ts";
import type { Memory } from "./memory.ts";
import { readRegular } from "./read-file.ts";
import type { Setting } from "./repair.ts";
import { alternativesOf, describeEdit, mended, notMended } from "./repair-text.ts";
import type { Procedure } from "./replay.ts";
import { quick, runCommand } from "./run-command.ts";
import { quote } from "./run-tests.ts";

const nothingSearched = (): Answer =>
  answer("There is no edit of mine in this conversation to speak of. Ask me first to make the failing tests pass.");

const chooseEdit = (memory: Memory, number: number | null): Candidate | null => {
  if (number !== null) return memory.candidates[number] ?? null;
  return memory.candidates.find((edit) => !memory.tried.includes(edit)) ?? null;
};

const listed = (memory: Memory): string =>
  alternativesOf(memory)
    .map(({ number, edit }) => {
      const standing = edit === memory.applied ? " — applied now" : memory.tried.includes(edit) ? " — tried" : "";
      return `${number}. ${describeEdit(edit)}${standing}`;
    })
    .join("\n");

/** Puts another edit of the last search in the place of the one that stands, and runs the tests. */
export function* another(setting: Setting, number: number | null): Procedure<Answer> {
  const { memory } = setting;
  const { report } = memory;
  const command = memory.test?.command;
  if (report === null || command === undefined) return nothingSearched();
  const edit = chooseEdit(memory, number);
  if (edit === null) {
    const list = listed(memory);
    const which =
      number === null ? "Every edit that the search found has been tried." : `There is no alternative ${number}.`;
    return answer(`${which}${list === "" ? "" : `\n${list}`}\nSay "try longer" to search on in another order.`);
  }
  if (edit === memory.applied) return answer(`That edit stands already: ${describeEdit(edit)}`);
  const before = memory.applied;
  if (before !== null) {
    const back = yield* takeBack(`Taking back the edit at ${before.file}:${before.line}.`, memory);
    if (!back.ok)
      return answer(
        `I cannot take back the edit that stands (${describeEdit(before)}): ${back.message}. \`fettle undo\` restores the files.`,
      );
  }
  const attempt = yield* tryEdit(memory, edit, command);
  return attempt.type === "passes"
    ? mended(memory, report, command, attempt, [])
    : notMended(memory, report, command, [attempt]);
}

/** Lists the edits of the last search that are not the best one. */
export const alternatives = (memory: Memory): Answer => {
  if (memory.report === null) return nothingSearched();
  const list = listed(memory);
  return answer(
    list === "" ? "The search found no other edit." : `Say "try alternative 1" to put one in place:\n${list}`,
    { success: true, alternatives: list === "" ? [] : list.split("\n") },
  );
};

/** Takes back the edit that stands. */
export function* undo(memory: Memory): Procedure<Answer> {
  const edit = memory.applied;
  if (edit === null) return answer("No edit of mine stands in the files, so there is nothing to take back.");
  const back = yield* takeBack(`Taking back the edit at ${edit.file}:${edit.line}.`, memory);
  if (!back.ok)
    return answer(`It cannot be taken back: ${back.message}. \`fettle undo\` restores the files of the whole turn.`);
  memory.testsPass = null;
  return answer(
    `Taken back: ${describeEdit(edit)}. The file is as it was before, so the tests that failed fail again.`,
    {
      success: true,
      changed: true,
      files: [edit.file],
      citations: [`${edit.file}:${edit.line}`],
    },
  );
}

/** Says what the edit is, why it was chosen and what is known of it, with the code around it as it stands. */
export function* explainChange(memory: Memory): Procedure<Answer> {
  const edit = memory.applied ?? memory.tried.at(-1) ?? memory.candidates[0];
  const { report } = memory;
  if (edit === undefined || report === null) return nothingSearched();
  const from = Math.max(1, edit.line - 5);
  const code = yield* runCommand(
    "Reading the place.",
    quick(readRegular(edit.file, (word) => `sed -n '${from},${edit.line + 6}p' ${word}`)),
  );
  const suspects = report.suspicious;
  const rank = suspects.findIndex(({ file, line }) => file === edit.file && line === edit.line);
  const ranked = rank < 0 ? "" : ` The failing tests made this line number ${rank + 1} of the suspicious ones.`;
  const standing = memory.applied === edit ? "It stands in the file now" : "It does not stand in the file now";
  const tests =
    memory.applied === edit && memory.testsPass !== null
      ? `, and the tests ${memory.testsPass ? "pass" : "fail"} with it`
      : "";
  const failing = report.test.failing.map(
    ({ name, file, message }) => `- ${name ?? file ?? "test"}: ${message.split("\n")[0] ?? ""}`,
  );
  const text = [
    `${describeEdit(edit)}. ${standing}${tests}.`,
    passed(code) ? `${edit.file} from line ${from}:\n${quote(code.output, 12)}` : "",
    `It is an edit of the kind "${edit.kind}"${edit.why === "" ? "" : ` (${edit.why})`}, found by trying ${report.tried} edits: it was the first in my ranking with which these passed:\n${failing.slice(0, 5).join("\n")}`,
    `${ranked.trim()} Why the code was wrong I cannot say: I am the offline engine, I compare edits by running the tests. Beyond those tests it is unproven.`.trim(),
  ];
  return answer(text.filter((part) => part !== "").join("\n\n"), {
    success: true,
    files: [edit.file],
    citations: [`${edit.file}:${edit.line}`],
  });
}
