import type { Terminal } from "@xterm/headless";

/* What a terminal shows as an SVG: text stays text, colours stay colours. */

/** Sizes in pixels of the picture. */
const cell = { width: 8.4, height: 18 };
const padding = 14;
const fontSize = 14;

type Theme = { readonly background: string; readonly foreground: string; readonly sixteen: readonly string[] };

const themes = {
  dark: {
    background: "#16181d",
    foreground: "#d7dae0",
    sixteen: [
      ..."#3b3f4a #f0717b #8cc570 #e3b95c #6cb2f4 #c58be0 #5fc3cf #c8ccd4".split(" "),
      ..."#8b919e #ff8b94 #a5dd87 #f2cc78 #8ec7ff #d8a5ef #7fdbe6 #ffffff".split(" "),
    ],
  },
  light: {
    background: "#fdfdfc",
    foreground: "#24272e",
    sixteen: [
      ..."#24272e #b3261e #2f7d32 #8a5a00 #1b5fae #7b3fa0 #0b7285 #6b7079".split(" "),
      ..."#6b7079 #c8372f #3c9440 #a06a00 #2c74c9 #9050b8 #158ba0 #24272e".split(" "),
    ],
  },
} as const satisfies Record<string, Theme>;

export type ThemeName = keyof typeof themes;

const hex = (value: number): string => `#${value.toString(16).padStart(6, "0")}`;

/** A colour of the terminal's palette of 256. */
const paletteColour = (index: number, theme: Theme): string => {
  if (index < 16) return theme.sixteen[index] ?? theme.foreground;
  if (index >= 232) return hex((8 + (index - 232) * 10) * 0x010101);
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const at = index - 16;
  return hex((level(Math.floor(at / 36)) << 16) | (level(Math.floor(at / 6) % 6) << 8) | level(at % 6));
};

type Look = { readonly fill: string; readonly back: string | null; readonly attributes: string };
type Run = Look & { readonly from: number; readonly cells: number; readonly text: string };

type Line = NonNullable<ReturnType<Terminal["buffer"]["active"]["getLine"]>>;
type Cell = NonNullable<ReturnType<Line["getCell"]>>;

const lookOf = (one: Cell, theme: Theme): Look => {
  const colour = (isDefault: boolean, isRgb: boolean, value: number): string | null =>
    isDefault ? null : isRgb ? hex(value) : paletteColour(value, theme);
  let fill = colour(one.isFgDefault(), one.isFgRGB(), one.getFgColor());
  let back = colour(one.isBgDefault(), one.isBgRGB(), one.getBgColor());
  if (one.isInverse() !== 0) [fill, back] = [back ?? theme.background, fill ?? theme.foreground];
  const attributes = [
    ...(one.isBold() !== 0 ? ['font-weight="bold"'] : []),
    ...(one.isItalic() !== 0 ? ['font-style="italic"'] : []),
    ...(one.isUnderline() !== 0 ? ['text-decoration="underline"'] : []),
    ...(one.isDim() !== 0 ? ['opacity="0.62"'] : []),
  ].join(" ");
  return { fill: fill ?? theme.foreground, back, attributes };
};

const sameLook = (a: Look, b: Look): boolean => a.fill === b.fill && a.back === b.back && a.attributes === b.attributes;

/** What was made for the picture only has no place in it; no text but the last of a row has it. */
const atHome = (run: Run, home: string): Run => {
  const text = run.text.replaceAll(home, "~");
  return { ...run, text, cells: run.cells - (run.text.length - text.length) };
};

const runsOf = (line: Line, columns: number, theme: Theme): Run[] => {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const one = line.getCell(column);
    if (one === undefined || one.getWidth() === 0) continue;
    const look = lookOf(one, theme);
    const text = one.getChars() === "" ? " " : one.getChars();
    const last = runs.at(-1);
    if (last !== undefined && sameLook(last, look))
      runs[runs.length - 1] = { ...last, cells: last.cells + one.getWidth(), text: last.text + text };
    else runs.push({ ...look, from: column, cells: one.getWidth(), text });
  }
  return runs;
};

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const px = (value: number): string => String(Math.round(value * 10) / 10);

const runParts = (run: Run, row: number): string[] => {
  const x = padding + run.from * cell.width;
  const y = padding + row * cell.height;
  const width = run.cells * cell.width;
  const back =
    run.back === null
      ? []
      : [`<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${cell.height}" fill="${run.back}"/>`];
  if (run.text.trim() === "") return back;
  const ahead = run.text.length - run.text.trimStart().length;
  // Blanks would fall together: those at the ends are left out, and the others made to stay.
  const shown = run.text.trim().replaceAll(" ", "\u00a0");
  const cells = run.cells - (run.text.length - run.text.trim().length);
  const attributes = run.attributes === "" ? "" : ` ${run.attributes}`;
  // Every viewer has another font; the length keeps columns where they are.
  const place = `x="${px(x + ahead * cell.width)}" y="${px(y + 13.5)}" textLength="${px(cells * cell.width)}" lengthAdjust="spacingAndGlyphs"`;
  return [...back, `<text ${place} fill="${run.fill}"${attributes}>${escaped(shown)}</text>`];
};

type Drawn = { readonly terminal: Terminal; readonly title: string; readonly theme: ThemeName; readonly home: string };

/** The rows of the screen, from the first to the last that is not empty, as a picture of its own; `home` is shown as `~`. */
export const svgOf = ({ terminal, title, theme: name, home }: Drawn): string => {
  const theme: Theme = themes[name];
  const { active } = terminal.buffer;
  const lines = Array.from({ length: terminal.rows }, (_, at) => active.getLine(active.baseY + at));
  const isEmpty = (line: Line | undefined): boolean => line === undefined || line.translateToString(true).trim() === "";
  const first = Math.max(
    0,
    lines.findIndex((line) => !isEmpty(line)),
  );
  const shown = lines.slice(first, lines.findLastIndex((line) => !isEmpty(line)) + 1);
  const width = px(terminal.cols * cell.width + 2 * padding);
  const height = px(shown.length * cell.height + 2 * padding);
  const parts = shown.flatMap((line, row) =>
    line === undefined ? [] : runsOf(line, terminal.cols, theme).flatMap((run) => runParts(atHome(run, home), row)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${theme.background}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}">`,
    ...parts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
};
