import { classifyQuestion, type Question } from "./ask/classify-question.ts";
import { commandIn } from "./test-command.ts";

/** What the user wants, as far as plain patterns can tell. */
export type Intent =
  /** Make failing tests pass. `keep`: change nothing, only find the edit. */
  | { readonly kind: "repair"; readonly keep: boolean }
  | { readonly kind: "run_tests" }
  | { readonly kind: "question"; readonly question: Question }
  /** Follow-ups of a repair. `number` from 1 names one of the listed alternatives, null the next edit not yet tried. */
  | { readonly kind: "another"; readonly number: number | null }
  | { readonly kind: "alternatives" }
  | { readonly kind: "undo" }
  | { readonly kind: "explain_change" }
  /** Search once more, longer and in another order. */
  | { readonly kind: "search_more" }
  /** Only adds to what was asked before: "go on", "for 60 seconds", "stop". */
  | { readonly kind: "hint"; readonly stop: boolean }
  /** Thanks or a greeting after work was done. */
  | { readonly kind: "courtesy" }
  | { readonly kind: "other" };

/** What the user's words fix about a search and its test command. */
export type Limits = { readonly seconds?: number; readonly seed?: number; readonly command?: string };

const maxSeconds = 3600;

/** Reads "for 60 seconds", "2 min", "seed 7" and a named test command ("`npm run unit` fails"). */
export const limitsIn = (text: string): Limits => {
  const time = /\b(\d{1,5})\s*-?\s*(s|secs?|seconds?|m|mins?|minutes?)\b/i.exec(text);
  const seed = /\bseed\s*(?:[=:#]|of|is)?\s*(\d{1,9})\b/i.exec(text);
  const command = commandIn(text);
  const unit = time?.[2]?.toLowerCase().startsWith("m") ? 60 : 1;
  return {
    ...(time === null ? {} : { seconds: Math.min(Math.max(Number(time[1]) * unit, 1), maxSeconds) }),
    ...(seed === null ? {} : { seed: Number(seed[1]) }),
    ...(command === null ? {} : { command }),
  };
};

const courtesy =
  /^(?:(?:hi|hello|hey|ok|okay|so|now|then|thanks|thank you)\b[\s,!.]*|(?:please|kindly|just|go ahead and|let'?s|(?:can|could|would|will) you(?: please)?|i (?:want|need|would like|'d like) you to|try to|help me)\s+)+/i;

const question =
  /^(?:where|what|which|who|whose|how|why|when|does|do|is|are|was|has|have|list|show|explain|describe|summari[sz]e|tell me|give me an? (?:overview|summary)|find(?! (?:and|the bug|the fault|the cause)))\b/i;

const repair = [
  /\b(?:fix|repair|mend|debug|solve|resolve|correct|heal)\b/i,
  /\b(?:make|get|let|turn|bring)\b.*\b(?:pass|passing|green|work|succeed)\b/i,
  /\b(?:tests?|suite|specs?|build|ci|check|it|assertion)\b.*\b(?:fails?|failing|failed|broken|breaks|red|crash(?:es|ing)?)\b/i,
  /\b(?:failing|broken|red)\b.*\b(?:tests?|specs?|suite)\b/i,
  /\b(?:fails|is failing|is broken)\b/i,
  /\bfind and (?:fix|mend|repair)\b|\bfind the (?:bug|fault|cause)\b/i,
];

/** Work on words and form, which a search against tests cannot do although it is called "fixing". */
const notAboutTests =
  /\b(?:typos?|spelling|readme|docs?|documentation|comments?|formatting|lint(?:ing|er)?|styles?|changelog|merge conflicts?)\b/i;

const keep =
  /\b(?:do(?: not|n'?t)|without) (?:chang|edit|modif|touch|writ|apply)|\bdry[- ]?run\b|\b(?:only|just) (?:diagnose|look|report)\b|\bchange nothing\b/i;

const runTests =
  /^(?:re-?)?(?:run|execute|start|try)\b.*\b(?:tests?|suite|specs?|checks?)\b|^test(?: it| this| again)?[.!]?$/i;
const testQuestion =
  /\b(?:which|what|why|do|does|are|is)\b.*\b(?:tests?|suite|specs?)\b.*\b(?:fail|failing|fails|pass|passing|passes|broken|red|green|ok)\b/i;

const ordinals: Readonly<Record<string, number>> = { first: 1, second: 2, third: 3, next: 0, other: 0 };

const anotherIn = (text: string): Intent | null => {
  const numbered = /\b(?:alternative|option|candidate|number|no\.?)\s*#?(\d)\b/i.exec(text);
  if (numbered !== null) return { kind: "another", number: Number(numbered[1]) };
  const ordinal = /\bthe (first|second|third|next|other) (?:one|alternative|option|candidate|edit|fix)\b/i.exec(text);
  if (ordinal !== null) return { kind: "another", number: ordinals[(ordinal[1] ?? "").toLowerCase()] || null };
  if (
    /\b(?:another|a different|next)\b(?:\s+(?:one|alternative|option|candidate|edit|fix|solution|way))?\s*[.!]?$/i.test(
      text,
    )
  )
    return { kind: "another", number: null };
  if (/^apply (?:it|that|this|the (?:edit|change|fix|patch))\b/i.test(text)) return { kind: "another", number: null };
  return /^(?:try|use|apply|take)\b.*\b(?:another|a different|next|alternative)\b/i.test(text)
    ? { kind: "another", number: null }
    : null;
};

const followUpIn = (text: string): Intent | null => {
  if (
    /\b(?:other seed|another seed|different seed|harder|longer|more time|keep (?:trying|searching)|search (?:again|more|on)|try again)\b/i.test(
      text,
    )
  )
    return { kind: "search_more" };
  if (/\b(?:what|which|show|list|are there)\b.*\b(?:alternatives|other (?:edits|options|candidates))\b/i.test(text))
    return { kind: "alternatives" };
  const another = anotherIn(text);
  if (another !== null) return another;
  if (/^(?:undo|revert|roll ?back|take (?:it|that|this) back|put it back)\b/i.test(text)) return { kind: "undo" };
  if (
    /^(?:explain|why)\b(?:\s+(?:that|this|it|yourself|the (?:change|edit|fix|patch)|did you.*|is (?:that|this).*|what you did))?[.!?]*$/i.test(
      text,
    )
  )
    return { kind: "explain_change" };
  if (/^what did you (?:change|do)\b|\b(?:explain|about) (?:the|your) (?:change|edit|fix|patch)\b/i.test(text))
    return { kind: "explain_change" };
  return null;
};

const hintIn = (text: string): Intent | null => {
  if (/^(?:stop|cancel|abort|enough|never ?mind)\b/i.test(text)) return { kind: "hint", stop: true };
  if (/^(?:continue|go on|go ahead|carry on|proceed|resume|keep going|yes|yep|ok|okay)\b[\s.!,]*$/i.test(text))
    return { kind: "hint", stop: false };
  const { seconds, seed, command } = limitsIn(text);
  const onlyLimits = text.split(/\s+/).length <= 8 && (seconds !== undefined || seed !== undefined);
  const names = command !== undefined && /^(?:use|with|run|try|the tests? (?:command|script)|it'?s)\b/i.test(text);
  return (onlyLimits && !repair.some((pattern) => pattern.test(text))) || names ? { kind: "hint", stop: false } : null;
};

/** Whether words that come before a turn has ended only add to it. */
export const isHint = (text: string): boolean => hintIn(text.trim()) !== null;

/** Sorts a prompt. `followsWork`: there was an earlier turn, so that "undo that" has something to mean. */
export const classify = (prompt: string, followsWork: boolean): Intent => {
  const text = prompt
    .trim()
    .replace(courtesy, "")
    .replace(/[\s,]*\b(?:please|thanks|thank you)\b[\s.!]*$/i, "")
    .trim();
  if (followsWork && !/[a-z0-9]/i.test(text)) return { kind: "courtesy" };
  const followUp = followsWork ? (followUpIn(text) ?? hintIn(text)) : null;
  if (followUp !== null) return followUp;
  const aboutTests = repair.some((pattern) => pattern.test(text)) && !notAboutTests.test(text);
  if (runTests.test(text) && !/\b(?:fix|mend|repair)\b/i.test(text)) return { kind: "run_tests" };
  if (question.test(text) || /\?\s*$/.test(text)) {
    if (testQuestion.test(text)) return { kind: "run_tests" };
    const asked = classifyQuestion(text);
    // "The test in x.js fails, why?" is a question; "`npm test` is broken, can you look?" wants work.
    if (question.test(text) || !aboutTests)
      return asked === null ? { kind: "other" } : { kind: "question", question: asked };
  }
  if (aboutTests) return { kind: "repair", keep: keep.test(text) };
  const asked = /\b(?:todos?|fixmes?)\b/i.test(text) ? classifyQuestion(text) : null;
  return asked === null ? { kind: "other" } : { kind: "question", question: asked };
};
