/** A text file taken apart so that each line keeps its own ending. */
export type TextLines = {
  readonly byteOrderMark: boolean;
  readonly texts: readonly string[];
  /** The ending of each line: LF, CRLF, or empty for a last line without one. */
  readonly endings: readonly string[];
  /** What inserted lines end in: the ending most lines have, at a tie the first line's. */
  readonly newline: string;
};

/** Splits text at LF and CRLF. A lone CR is content. */
export const splitLines = (content: string): TextLines => {
  const byteOrderMark = content.startsWith("\ufeff");
  const texts: string[] = [];
  const endings: string[] = [];
  let crlf = 0;
  let at = byteOrderMark ? 1 : 0;
  while (at < content.length) {
    const feed = content.indexOf("\n", at);
    const end = feed < 0 ? content.length : feed;
    const carriage = feed > at && content[feed - 1] === "\r";
    if (carriage) crlf += 1;
    texts.push(content.slice(at, carriage ? end - 1 : end));
    endings.push(feed < 0 ? "" : carriage ? "\r\n" : "\n");
    at = end + 1;
  }
  const lf = endings.length - crlf - (endings.at(-1) === "" ? 1 : 0);
  const newline = crlf > lf || (crlf === lf && endings[0] === "\r\n") ? "\r\n" : "\n";
  return { byteOrderMark, texts, endings, newline };
};

/** Undoes `splitLines`; a line without an ending gets `newline`, so that the text ends in one unless it is empty. */
export const joinLines = (lines: TextLines): string => {
  const parts: string[] = lines.byteOrderMark ? ["\ufeff"] : [];
  lines.texts.forEach((text, index) => {
    parts.push(text, lines.endings[index] || lines.newline);
  });
  return parts.join("");
};
