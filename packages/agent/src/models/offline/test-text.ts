import { type Answer, answer } from "./answer.ts";
import { type CommandOutcome, passed } from "./command-outcome.ts";
import type { Memory } from "./memory.ts";
import { seen } from "./repair-text.ts";
import { quote } from "./run-tests.ts";

/*
 * The words of an end without a search's report: the tests pass already, were only run, or the search broke off.
 */

/** The end of a search whose report could not be read. */
export const noReport = (command: string, search: CommandOutcome): Answer => {
  const ended = passed(search) ? "ended without a readable report" : `ended early (${seen(search)})`;
  const printed = search.output.trim() === "" ? "It printed nothing." : `It printed:\n${quote(search.output, 12)}`;
  return answer(`\`${command}\` fails. The search for an edit ${ended}. No file is changed.\n\n${printed}`, {
    testsPass: false,
    command,
  });
};

/** The end when the tests pass already. */
export const alreadyPassing = (memory: Memory, command: string, run: CommandOutcome): Answer =>
  answer(
    `\`${command}\` passes as it stands (${seen(run)})${memory.applied === null ? "" : `, with my earlier edit at ${memory.applied.file}:${memory.applied.line}`}, so there is nothing that I could mend against: I search for edits that make failing tests pass. This turn changed no file.\n\nIf something is wrong that these tests do not show, add a test that fails because of it, or name the command that fails.`,
    { success: true, testsPass: true, command },
  );

/** What a run of the tests showed, for someone who only asked for that. */
export const testsSeen = (command: string, run: CommandOutcome): Answer => {
  const ok = passed(run);
  const head = ok ? `\`${command}\` passes (${seen(run)}).` : `\`${command}\` fails (${seen(run)}).`;
  const rest = ok ? "" : '\n\nSay "fix it" and I search for an edit that makes it pass.';
  return answer(`${head} The end of what it printed:\n${quote(run.output, ok ? 6 : 25)}${rest}`, {
    success: true,
    testsPass: ok,
    command,
  });
};
