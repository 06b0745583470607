export type Colours = Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>;

/** Colours only on a terminal, never with NO_COLOR; FORCE_COLOR turns them on anyway. */
export const coloursFor = (stream: { isTTY?: boolean }): Colours => {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const off = (NO_COLOR ?? "") !== "" || TERM === "dumb";
  const on = !off && ((stream.isTTY ?? false) || ((FORCE_COLOR ?? "") !== "" && FORCE_COLOR !== "0"));
  const paint = (code: number, end: number) => (text: string) => (on ? `\u001b[${code}m${text}\u001b[${end}m` : text);
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
};
