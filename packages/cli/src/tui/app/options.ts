/** How the terminal program was started. */
export type TerminalOptions = {
  /** Options as `fettle exec` has them, and words to begin with. */
  readonly args: readonly string[];
  /** A thread to go on with; null: the last one of this folder. Absent: a new one. */
  readonly resume?: { readonly id: string | null };
};
