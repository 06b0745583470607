import type { Row, ViewSettings } from "../contract.ts";
import { columnsFor, type Line, type Style, wrapLine } from "./spans.ts";

/* Lines become rows: the only place where the views write control sequences. */

type Look = Readonly<Record<Style, string>>;

const shared = {
  plain: "",
  dim: "2",
  strong: "1",
  emphasis: "3",
  strike: "9",
  found: "7",
} as const;

const dark: Look = {
  ...shared,
  good: "32",
  bad: "31",
  warn: "33",
  accent: "36",
  code: "36",
  keyword: "35",
  string: "32",
  comment: "2;3",
  number: "33",
  added: "38;5;157;48;5;22",
  removed: "38;5;224;48;5;52",
  heading: "1;36",
  link: "4;34",
};

/** Yellow and bright colours cannot be read on white. */
const light: Look = {
  ...dark,
  good: "38;5;28",
  bad: "38;5;160",
  warn: "38;5;130",
  accent: "38;5;25",
  code: "38;5;25",
  keyword: "38;5;90",
  string: "38;5;28",
  number: "38;5;130",
  added: "38;5;22;48;5;194",
  removed: "38;5;52;48;5;224",
  heading: "1;38;5;25",
  link: "4;38;5;25",
};

/** Printable ASCII of a known scheme: nothing in it can end the sequence or name a file. */
const safeAddress = /^https?:\/\/[\x21-\x7e]{1,2000}$/;

/** Whether a terminal may be given this as a link. */
export const isSafeAddress = (address: string): boolean => safeAddress.test(address);

/** A line as a row of the terminal; its own text is free of controls. */
export const paint = (line: Line, { colours, plain }: ViewSettings): Row => {
  if (colours === "none") return line.map(({ text }) => text).join("");
  const look = colours === "dark" ? dark : light;
  return line
    .map(({ text, style, link }) => {
      const code = look[style];
      const shown = code === "" ? text : `\u001b[${code}m${text}\u001b[0m`;
      return link === undefined || plain || !isSafeAddress(link)
        ? shown
        : `\u001b]8;;${link}\u001b\\${shown}\u001b]8;;\u001b\\`;
    })
    .join("");
};

/** Lines as rows; one that is too wide is broken. */
export const paintAll = (lines: readonly Line[], settings: ViewSettings): Row[] =>
  lines.flatMap((line) => wrapLine(line, columnsFor(settings))).map((line) => paint(line, settings));
