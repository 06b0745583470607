import type { Answer } from "./types.ts";

type Rule = { readonly source: string };

/* What the model and the person read when something was not done. */

type Refusal = { readonly ok: false; readonly error: string; readonly result: string };

const named = (why: string, rule: Rule | null): string =>
  rule === null || why.includes(rule.source) ? why : `${why} (rule: ${rule.source})`;

const refusalOf = (error: string, advice: string): Refusal => ({
  ok: false,
  error,
  result: `not run: ${error}\n${advice}`,
});

const otherWay = "Reach the goal another way, or tell the user what is needed and why.";

/** Nobody is asked about this. */
export const refused = (why: string, rule: Rule | null): Refusal => refusalOf(`refused: ${named(why, rule)}`, otherWay);

/** It was asked about and not allowed. */
export const answered = (why: string, rule: Rule | null, answer: Answer): Refusal => {
  const word = answer.message === undefined || answer.message === "" ? "" : `: ${answer.message}`;
  if (answer.by === "nobody")
    return refusalOf(
      `nobody is there to ask${word}; ${named(why, rule)}`,
      `Do not try it in another form. ${otherWay}`,
    );
  const who = answer.by === "program" ? "the user's answers say no" : "the user said no";
  return refusalOf(`${who}${word}`, `Asked because: ${named(why, rule)}. Do not try it in another form. ${otherWay}`);
};

/** The turn was stopped while the question waited. */
export const interruptedRefusal = (): Refusal => ({
  ok: false,
  error: "interrupted",
  result: "not run: the user interrupted before it started",
});
