/*
 * Finding any of many texts in one pass over bytes (Aho and Corasick): the time is proportional to the input, whatever
 * it holds.
 */

/** What is looked for: the bytes, and the index of the secret they stand for. */
export type Pattern = { readonly bytes: Uint8Array; readonly label: number };

/** `next[state * width + classes[byte]]` is the state after a byte; state 0 is the start. */
export type Automaton = {
  readonly classes: Uint16Array;
  readonly width: number;
  readonly next: Int32Array;
  /** How many of the last bytes may be the beginning of a pattern, by state. */
  readonly depth: Int32Array;
  /** Length of the longest pattern that ends in a state, 0 for none, and its label. */
  readonly found: Int32Array;
  readonly label: Int32Array;
  readonly longest: number;
};

/** Bytes that occur in no pattern share class 0. */
const classify = (patterns: readonly Pattern[]): { classes: Uint16Array; width: number } => {
  const classes = new Uint16Array(256);
  let width = 1;
  for (const { bytes } of patterns) for (const byte of bytes) if (classes[byte] === 0) classes[byte] = width++;
  return { classes, width };
};

export const buildAutomaton = (patterns: readonly Pattern[]): Automaton => {
  const { classes, width } = classify(patterns);
  const most = patterns.reduce((sum, { bytes }) => sum + bytes.length, 1);
  const next = new Int32Array(most * width);
  const depth = new Int32Array(most);
  const found = new Int32Array(most);
  const label = new Int32Array(most);
  let states = 1;
  for (const { bytes, label: of } of patterns) {
    let state = 0;
    for (const byte of bytes) {
      const at = state * width + (classes[byte] ?? 0);
      if (next[at] === 0) {
        depth[states] = (depth[state] ?? 0) + 1;
        next[at] = states++;
      }
      state = next[at] ?? 0;
    }
    // The same text may stand for two secrets; the first is named.
    if (found[state] === 0) label[state] = of;
    found[state] = bytes.length;
  }
  linkFailures({ next, width, found, label, states });
  return {
    classes,
    width,
    next,
    depth,
    found,
    label,
    longest: Math.max(0, ...patterns.map(({ bytes }) => bytes.length)),
  };
};

/** Fills each missing step with that of the longest suffix which is a state, breadth first, so that it is known. */
const linkFailures = (trie: {
  next: Int32Array;
  width: number;
  found: Int32Array;
  label: Int32Array;
  states: number;
}): void => {
  const { next, width, found, label, states } = trie;
  const fallback = new Int32Array(states);
  const queue = new Int32Array(states);
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const state = queue[head] ?? 0;
    const back = fallback[state] ?? 0;
    if (found[state] === 0) {
      found[state] = found[back] ?? 0;
      label[state] = label[back] ?? 0;
    }
    for (let at = 0; at < width; at++) {
      const child = next[state * width + at] ?? 0;
      const elsewhere = state === 0 ? 0 : (next[back * width + at] ?? 0);
      if (child === 0) next[state * width + at] = elsewhere;
      else {
        fallback[child] = elsewhere;
        queue[tail++] = child;
      }
    }
  }
};
