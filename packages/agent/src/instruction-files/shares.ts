import type { Found } from "./read.ts";

/** Max-min fair shares: small files get all they need and what they leave is divided among the larger ones. */
export const fairShares = (sizes: readonly number[], budget: number): number[] => {
  const shares = sizes.map(() => 0);
  let left = Math.max(0, budget);
  const bySize = sizes.map((size, at) => ({ size, at })).sort((a, b) => a.size - b.size);
  for (const [done, { size, at }] of bySize.entries()) {
    const share = Math.min(size, Math.floor(left / (bySize.length - done)));
    shares[at] = share;
    left -= share;
  }
  return shares;
};

/** At most `share` bytes, ending after a line, or after a character when the last line is long. */
const cutLength = (head: Buffer, share: number): number => {
  const lineEnd = head.subarray(0, share).lastIndexOf(0x0a) + 1;
  if (lineEnd * 2 > share) return lineEnd;
  let end = share;
  while (end > 0 && share - end < 3 && ((head[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
};

/** How many bytes of a file are told when it may take `share`. */
export const usedOf = (file: Pick<Found, "bytes" | "head">, share: number): number =>
  share < file.bytes ? cutLength(file.head, share) : file.head.length;

/** A text cannot end its own section and begin one that looks like another file's. */
const withoutLabels = (text: string): string =>
  text.replace(/<(?=\/?(?:instructions|skills?|environment)\b)/gi, "&lt;");

/** A file's text under a label that says where it comes from, and how much of it is missing. */
export const section = (
  label: "instructions" | "skill",
  file: Pick<Found, "path" | "bytes" | "includedBy">,
  text: string,
  usedBytes: number,
): string => {
  const cut = file.bytes - usedBytes;
  // Whoever names a folder could otherwise write lines here.
  const path = file.path.replace(/\p{C}+/gu, " ");
  const note = cut > 0 ? `\n[… cut ${cut} bytes of ${withoutLabels(path)}; read the file for the rest]` : "";
  const by = file.includedBy === undefined ? "" : ` included-by=${JSON.stringify(file.includedBy)}`;
  return `<${label} file=${JSON.stringify(file.path)}${by}>\n${withoutLabels(text.trim())}${note}\n</${label}>`;
};

/** The first `usedBytes` of a file as text. */
export const textOf = (file: Pick<Found, "head">, usedBytes: number): string =>
  file.head.subarray(0, usedBytes).toString("utf8");
