/** What a model is asked for that is to review a change: what is not committed, or all since `base`. */
export const reviewWords = (base: string | undefined, focus: string | undefined): string =>
  [
    `Review the change ${base === undefined ? "that is not committed yet (git diff HEAD, and new files)" : `since ${JSON.stringify(base)} (git diff of that and the files as they are)`}. Change nothing.`,
    "Read as much of the code around it as the judgement needs. Report only what is really wrong or risky, most serious first: where (file:line), what happens, how to mend it.",
    "Say so when you find nothing. End with one line: what you looked at, and what you did not.",
    ...(focus === undefined ? [] : [`Look above all at: ${focus}`]),
  ].join("\n");
