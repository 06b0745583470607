/** How far an edit of this kind has been worth trusting once the tests pass. */
export type Tier = "likely" | "plausible" | "doubtful";

/** One possible edit of one file: characters `start` to `end` become `text`. */
export type Edit = {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The mutator's or template's name. */
  readonly kind: string;
  /** How often such an edit has been right, 0 to 1, before anything is known of the place. */
  readonly prior: number;
  readonly tier: Tier;
};

/** What the failing tests and their messages talk about. */
export type Hints = {
  /** Identifiers and words, lower case. */
  readonly words: ReadonlySet<string>;
  /** Punctuation that occurs in the tests' strings. */
  readonly characters: readonly string[];
};
