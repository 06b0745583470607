/** What a turn ends with: words for a person, and the same as values for a schema. */
export type Answer = { readonly text: string; readonly facts: Facts };

export type Facts = {
  /** Whether what was asked for was done. */
  readonly success: boolean;
  /** Whether files were changed for good. */
  readonly changed: boolean;
  /** The last standing of the tests; null when they were not run. */
  readonly testsPass: boolean | null;
  readonly command: string | null;
  /** Paths the answer is about. */
  readonly files: readonly string[];
  /** `path:line` of what the answer cites. */
  readonly citations: readonly string[];
  readonly alternatives: readonly string[];
  /** Names of failing tests. */
  readonly failing: readonly string[];
};

const noFacts: Facts = {
  success: false,
  changed: false,
  testsPass: null,
  command: null,
  files: [],
  citations: [],
  alternatives: [],
  failing: [],
};

export const answer = (text: string, facts: Partial<Facts> = {}): Answer => ({
  text: text.trim(),
  facts: { ...noFacts, ...facts },
});
