import type { InputItem } from "@fettle/protocol";
import { failingCommandIn } from "../../goal/words.ts";
import { type Answer, answer } from "./answer.ts";
import { ask } from "./ask/ask.ts";
import { describeRepository } from "./ask/ask-repository.ts";
import { classify, type Intent, isHint, type Limits, limitsIn } from "./classify.ts";
import { alternatives, another, explainChange, undo } from "./follow-up.ts";
import { type Memory, newMemory } from "./memory.ts";
import { onlyRunTests, repair, type Setting, searchMore } from "./repair.ts";
import { type Procedure, replay, type Step } from "./replay.ts";
import { surroundingsOf } from "./run-tests.ts";
import { readConversation, type Turn } from "./turns.ts";

export type OfflineOptions = {
  /** The argument list that runs the search, without its options. */
  readonly searchProgram: readonly string[];
  /** Breaks ties in the search's order: the same seed gives the same run, another explores otherwise. */
  readonly seed: number;
  /** How long one search may take. */
  readonly seconds: number;
};

export type Decision =
  | {
      readonly type: "step";
      readonly step: Step /** Number of the step's first call in the thread. */;
      readonly firstCall: number;
    }
  | { readonly type: "answer"; readonly answer: Answer };

const abilities = `I am the offline engine, which works without any model. I can
- make failing tests pass: "make the tests pass", "fix the failing test", "\`npm run unit\` fails", "fix it, 60 seconds, seed 7"
- answer by searching: "where is parseRange defined", "where is it used", "what does X do", "which tests cover X", "what is in this repository", "list the TODOs"
- run the tests: "run the tests"
I cannot write new code, refactor or reason.`;

const connect =
  'For that, use a model: export OPENAI_API_KEY=…, or `fettle exec -m ollama/MODEL "…"` with a local server (see `fettle models`).';

function* other(memory: Memory, surroundings: string): Procedure<Answer> {
  const around = yield* surroundingsOf(memory, true);
  const found = describeRepository(around, surroundings).text.split("\n\n").slice(0, 2).join("\n");
  return answer(`This is beyond what I can do. ${abilities}\n\n${connect}\n\nWhat I see here:\n${found}`);
}

const stopped = (memory: Memory): Answer => {
  const edit = memory.applied;
  const standing =
    edit === null
      ? "No edit of mine stands in the files."
      : `The edit at ${edit.file}:${edit.line} stands; say "undo that" to take it back.`;
  return answer(`Stopped. ${standing}`, { success: true });
};

const procedureFor = (intent: Intent, setting: Setting): Procedure<Answer> => {
  const { memory, surroundings } = setting;
  switch (intent.kind) {
    case "repair":
      return repair(setting, intent.keep);
    case "run_tests":
      return onlyRunTests(setting);
    case "question":
      return ask(memory, intent.question, surroundings);
    case "another":
      return another(setting, intent.number);
    case "undo":
      return undo(memory);
    case "explain_change":
      return explainChange(memory);
    case "search_more":
      return searchMore(setting);
    case "alternatives":
      return answered(alternatives(memory));
    case "hint":
      return intent.stop ? answered(stopped(memory)) : repair(setting, false);
    case "courtesy":
      return answered(answer("I am here when there is more to do.", { success: true }));
    case "other":
      return other(memory, surroundings);
  }
};

// biome-ignore lint/correctness/useYield: an answer that needs no call is a procedure all the same.
function* answered(given: Answer): Procedure<Answer> {
  return given;
}

const limitsOf = (turn: Turn): Limits => Object.assign({}, ...[turn.prompt, ...turn.hints].map(limitsIn));

/** Of a goal the engine understands the command that fails; where it got nowhere it searches on. */
const withoutGoal = (turn: Turn): Turn => {
  const failing = failingCommandIn(turn.prompt);
  if (failing === null) return turn;
  return { ...turn, prompt: failing.stalled ? "search more" : `make \`${failing.command}\` pass` };
};

/**
 * What comes next in a conversation: an answer with tool calls, or the end of the turn. A pure function: each turn is
 * replayed over what was recorded of it, and what the turns before it found is known to the next.
 */
export const decide = (input: readonly InputItem[], options: OfflineOptions, tools: ReadonlySet<string>): Decision => {
  const { turns, surroundings, calls } = readConversation(input, isHint);
  const memory = newMemory(options);
  const setting = { memory, surroundings, searchProgram: options.searchProgram, plans: tools.has("update_plan") };
  let end: Decision = { type: "answer", answer: answer(`There is nothing to do yet. ${abilities}`) };
  for (const [index, turn] of turns.map(withoutGoal).entries()) {
    // Files may have changed between turns.
    memory.surroundings = null;
    if (turn.hints.some((hint) => /^(?:stop|cancel|abort|enough|never ?mind)\b/i.test(hint.trim()))) {
      end = { type: "answer", answer: stopped(memory) };
      continue;
    }
    const procedure = procedureFor(classify(turn.prompt, index > 0), { ...setting, limits: limitsOf(turn) });
    const replayed = replay(procedure, turn.steps);
    end = replayed.done
      ? { type: "answer", answer: replayed.value }
      : { type: "step", step: replayed.step, firstCall: calls + 1 };
  }
  return end;
};
