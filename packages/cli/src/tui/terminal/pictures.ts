/*
 * Pictures on terminals that can show them. Only bytes that were read from a file and are a PNG or JPEG of a sane size
 * become a sequence, and they go into it as base64: nothing that a model or a command says can end it.
 */

export type PictureKind = "kitty" | "iterm";

type Env = Readonly<Record<string, string | undefined>>;

/** How this terminal shows pictures; null: not at all, or nobody knows. A multiplexer stands between, and would print them. */
export const pictureKindOf = (env: Env): PictureKind | null => {
  const { TERM = "", TERM_PROGRAM = "", TMUX, STY, ZELLIJ, KITTY_WINDOW_ID } = env;
  if (TMUX !== undefined || STY !== undefined || ZELLIJ !== undefined || /^(?:screen|tmux)/.test(TERM)) return null;
  if (KITTY_WINDOW_ID !== undefined || TERM === "xterm-kitty" || TERM === "xterm-ghostty") return "kitty";
  if (TERM_PROGRAM === "ghostty") return "kitty";
  return TERM_PROGRAM === "iTerm.app" || TERM_PROGRAM === "WezTerm" ? "iterm" : null;
};

export type Picture = { readonly type: "png" | "jpeg"; readonly width: number; readonly height: number };

const pngBegin = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The frame header of a JPEG tells its size; segments before it are passed over. */
const jpegSize = (bytes: Buffer): { width: number; height: number } | null => {
  for (let at = 2; at + 9 < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === 0xda || marker === 0xd9) return null;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
};

/** Pixels of an edge, and bytes: more would keep a terminal busy. */
const mostEdge = 10_000;
const mostBytes = 4 << 20;

/** What these bytes are; null for anything else than a PNG or JPEG that a terminal may be given. */
export const pictureOf = (bytes: Buffer): Picture | null => {
  if (bytes.length > mostBytes || bytes.length < 24) return null;
  const isPng = bytes.subarray(0, 8).equals(pngBegin) && bytes.toString("latin1", 12, 16) === "IHDR";
  const size = isPng
    ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    : bytes[0] === 0xff && bytes[1] === 0xd8
      ? jpegSize(bytes)
      : null;
  if (size === null || size.width < 1 || size.height < 1 || size.width > mostEdge || size.height > mostEdge)
    return null;
  return { type: isPng ? "png" : "jpeg", ...size };
};

/** A cell is about twice as high as it is wide. */
const cellShape = 2;

type Cells = { readonly columns: number; readonly rows: number };

/** The largest size in cells, of the picture's own shape, that fits into `room`. */
export const cellsFor = ({ width, height }: Picture, room: Cells): Cells => {
  const rows = Math.max(1, Math.min(room.rows, Math.round((room.columns * height) / width / cellShape)));
  return { rows, columns: Math.max(1, Math.min(room.columns, Math.round((rows * cellShape * width) / height))) };
};

const chunkLength = 4096;

/** In pieces, as the protocol wants them; the cursor stays where it is, and the terminal answers nothing. */
const kittySequence = (base64: string, { columns, rows }: Cells): string => {
  const chunks = base64.match(new RegExp(`.{1,${chunkLength}}`, "g")) ?? [];
  return chunks
    .map((chunk, at) => {
      const first = at === 0 ? `a=T,f=100,C=1,q=2,c=${columns},r=${rows},` : "";
      return `\u001b_G${first}m=${at < chunks.length - 1 ? 1 : 0};${chunk}\u001b\\`;
    })
    .join("");
};

const itermSequence = (bytes: Buffer, { columns, rows }: Cells): string =>
  `\u001b]1337;File=inline=1;size=${bytes.length};width=${columns};height=${rows};preserveAspectRatio=1;doNotMoveCursor=1:${bytes.toString("base64")}\u0007`;

/**
 * Rows that a picture takes: empty ones, and a last one that goes up, shows it over them, and comes back. Null when this
 * terminal cannot show this one.
 */
export const pictureRows = (bytes: Buffer, kind: PictureKind, room: Cells): string[] | null => {
  const picture = pictureOf(bytes);
  if (picture === null || (kind === "kitty" && picture.type !== "png")) return null;
  const cells = cellsFor(picture, room);
  const shown = kind === "kitty" ? kittySequence(bytes.toString("base64"), cells) : itermSequence(bytes, cells);
  const up = cells.rows > 1 ? `\u001b[${cells.rows - 1}A` : "";
  return [...Array.from({ length: cells.rows - 1 }, () => ""), `\u001b7${up}\r${shown}\u001b8`];
};
