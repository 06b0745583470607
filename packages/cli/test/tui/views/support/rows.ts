import xterm from "@xterm/headless";

const ours = /\u001b\[[\d;]*m|\u001b\]8;;(?:https?:\/\/[\x21-\x7e]+)?\u001b\\/g;
const withoutOurs = (row: string): string => row.replace(ours, "");

/** A character that no row may have. Written apart from the code under test. */
export const harmful = (row: string): boolean =>
  [...withoutOurs(row)].some((one) => {
    const code = one.codePointAt(0) ?? 0;
    const bidi = [0x61c, 0x200e, 0x200f].includes(code) || (code >= 0x202a && code <= 0x202e);
    return code < 32 || (code >= 0x7f && code < 0xa0) || bidi || (code >= 0x2066 && code <= 0x2069);
  });

const linesTaken = async (text: string, columns: number): Promise<number> => {
  const terminal = new xterm.Terminal({ cols: columns, rows: 5, scrollback: 100_000, allowProposedApi: true });
  await new Promise<void>((done) => terminal.write(text, done));
  const { baseY, cursorY } = terminal.buffer.active;
  terminal.dispose();
  return baseY + cursorY + 1;
};

/** The rows that a terminal of so many columns does not keep on one line. */
export const brokenRows = async (rows: readonly string[], columns: number): Promise<string[]> => {
  if (rows.length === 0 || (await linesTaken(rows.join("\r\n"), columns)) === rows.length) return [];
  const broken: string[] = [];
  for (const row of rows) if ((await linesTaken(row, columns)) > 1) broken.push(row);
  return broken.length > 0 ? broken : ["rows that take another number of lines together"];
};
