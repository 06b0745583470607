/** Sequences that fill no cell: colours, and links (OSC 8). */
const sequences = /\u001b\[[\d;:]*m|\u001b\]8;[^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|.\ufe0f)/u;

let graphemes: Intl.Segmenter | null = null;

/** Cells that a row fills on the terminal. */
export const rowWidth = (row: string): number => {
  const text = row.includes("\u001b") ? row.replace(sequences, "") : row;
  if (/^[ -~]*$/.test(text)) return text.length;
  graphemes ??= new Intl.Segmenter();
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += wide.test(segment) ? 2 : /^\p{M}/u.test(segment) ? 0 : 1;
  return cells;
};
