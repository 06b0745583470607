import type { Row, Screen, ScreenPorts } from "../contract.ts";
import { blank, clearResized, type Position, paint, paintFull, type Reflow, type Standing } from "./paint.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Terminals made with xterm.js, which is known by what it says of itself. */
const xtermJs: Reflow = { rows: true, cursorRow: false, below: true };
const others: Reflow = { rows: true, cursorRow: true, below: false };

/** What a terminal does to long rows, as far as the environment tells it. */
export const reflowOf = (env: Env): Reflow => {
  if (env.TERM_PROGRAM === "vscode") return xtermJs;
  return { ...others, rows: env.XTERM_VERSION === undefined && env.TERM !== "linux" };
};

/** The same from a terminal's answer to the question what it is (`>0;276;0c`); null when that tells nothing of it. */
export const reflowOfReply = (reply: string): Reflow | null => {
  if (reply === ">0;276;0c") return xtermJs;
  // xterm itself cuts rows and never breaks them.
  return reply.startsWith(">41;") ? { ...others, rows: false } : null;
};

/**
 * The terminal as an inline screen. Committed rows are written with the next `draw`, so that both appear at once; nothing
 * reaches the terminal while the alternate screen is open.
 */
export const createScreen = (ports: ScreenPorts, reflow: () => Reflow): Screen => {
  const first = ports.size();
  let standing: Standing = blank(first.columns, first.rows);
  let settled: Row[] = [];
  let live: readonly Row[] = [];
  let cursor: Position | null = { row: 0, column: 0 };
  let whole: readonly Row[] | null = null;
  let wholeSize = first;

  const write = (bytes: string): void => {
    if (bytes !== "") ports.write(bytes);
  };

  const flush = (): void => {
    if (whole !== null) return;
    const { columns, rows: height } = ports.size();
    let cleared = "";
    if (columns !== standing.columns || height !== standing.height) {
      const without = clearResized(standing, columns, height, reflow());
      cleared = without.bytes;
      standing = without.standing;
    }
    const painted = paint(standing, { settled, live, cursor });
    settled = [];
    standing = painted.standing;
    write(cleared === "" ? painted.bytes : `\u001b[?2026h${cleared}${painted.bytes}`);
  };

  const drawWhole = (rows: readonly Row[]): void => {
    const size = ports.size();
    let opening = "";
    if (whole === null) opening = "\u001b[?1049h\u001b[?25l\u001b[2J";
    else if (size.columns !== wholeSize.columns || size.rows !== wholeSize.rows) opening = "\u001b[2J";
    const before = opening === "" ? (whole ?? []) : [];
    whole = rows.slice(0, size.rows);
    wholeSize = size;
    write(opening + paintFull(before, whole, size.rows));
  };

  const leaveWhole = (): void => {
    if (whole === null) return;
    whole = null;
    write(`\u001b[?1049l${standing.shown ? "\u001b[?25h" : ""}`);
    flush();
  };

  return {
    commit(rows) {
      for (const row of rows) settled.push(row);
    },
    draw(rows, at) {
      live = rows;
      cursor = at;
      flush();
    },
    full(rows) {
      if (rows === null) leaveWhole();
      else drawWhole(rows);
    },
    resized: flush,
    lost() {
      whole = null;
      standing = blank(standing.columns, standing.height);
      write("\r\n");
    },
    close() {
      leaveWhole();
      flush();
      const below = standing.rows.length - 1 - standing.cursor.row;
      write(`${below > 0 ? `\u001b[${below}B` : ""}\r\n\u001b[?25h`);
    },
  };
};
