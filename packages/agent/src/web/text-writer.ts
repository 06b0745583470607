/*
 * Text in the manner of Markdown, written piece by piece. Blocks ask for the lines between them, so that no page makes
 * empty ones; runs of blanks become one.
 */

export type TextWriter = {
  /** Ordinary text: blanks are joined. */
  words(text: string): void;
  /** As it stands. */
  verbatim(text: string): void;
  /** At least so many line ends before what comes next. */
  lines(count: number): void;
  /** From here on words are collected apart, on one line, until `collected`. */
  collect(): void;
  /** Ends the last `collect` and gives what came. */
  collected(): string;
  text(): string;
};

export const createTextWriter = (): TextWriter => {
  const parts: string[] = [];
  const apart: string[][] = [];
  let wanted = 0;
  let blank = false;
  let begun = false;

  const put = (text: string): void => {
    const into = apart.at(-1);
    if (into !== undefined) {
      into.push(text);
      return;
    }
    if (begun && wanted > 0) parts.push("\n".repeat(wanted));
    else if (begun && blank) parts.push(" ");
    wanted = 0;
    blank = false;
    begun = true;
    parts.push(text);
  };

  return {
    words(given) {
      const text = given.replace(/[ \t\r\n\f]+/g, " ");
      if (apart.length > 0) {
        put(text);
        return;
      }
      const bare = text.trim();
      if (text.startsWith(" ")) blank = true;
      if (bare === "") return;
      put(bare);
      blank = text.endsWith(" ");
    },
    verbatim: put,
    lines(count) {
      if (apart.length > 0) put(" ");
      else wanted = Math.max(wanted, count);
    },
    collect: () => void apart.push([]),
    collected: () => (apart.pop() ?? []).join("").replace(/\s+/g, " ").trim(),
    text: () => parts.join(""),
  };
};
