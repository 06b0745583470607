export type Colours = Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>;

/** Colours, or none. */
export const coloursWhen = (on: boolean): Colours => {
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

/** Colours only on a terminal, never with NO_COLOR; FORCE_COLOR turns them on anyway. */
export const coloursFor = (stream: { isTTY?: boolean }): Colours => {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const off = (NO_COLOR ?? "") !== "" || TERM === "dumb";
  return coloursWhen(!off && ((stream.isTTY ?? false) || ((FORCE_COLOR ?? "") !== "" && FORCE_COLOR !== "0")));
};
