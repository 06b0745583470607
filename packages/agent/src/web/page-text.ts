import { plainText } from "@fettle/protocol";
import type { PageText } from "./html-text.ts";

/* From the bytes of an answer to text. */

const isHtml = (type: string): boolean => type === "text/html" || type === "application/xhtml+xml";
const isOtherText = (type: string): boolean =>
  type.startsWith("text/") || /[/+](?:json|ld\+json|x-ndjson|xml|yaml|x-yaml|toml|javascript|x-sh|sql)$/.test(type);

const looksLikeHtml = (bytes: Buffer): boolean =>
  /^\s*(?:<!doctype html|<html|<head|<body)/i.test(bytes.toString("latin1", 0, 512));

/** The media type of an answer, without what follows it; told by the bytes where the server says nothing. */
export const mediaType = (header: string | undefined, bytes: Buffer): string => {
  const said = (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (said !== "") return said;
  if (looksLikeHtml(bytes)) return "text/html";
  return bytes.includes(0) ? "application/octet-stream" : "text/plain";
};

/** Whether an answer of this type can be read. */
export const isReadable = (type: string): boolean => isHtml(type) || isOtherText(type);

const marks: readonly (readonly [string, readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

const charsetIn = (text: string): string | undefined => /charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(text)?.[1];

const decoderFor = (name: string | undefined): InstanceType<typeof TextDecoder> | null => {
  try {
    return name === undefined ? null : new TextDecoder(name);
  } catch {
    // A name that nobody knows.
    return null;
  }
};

/** By the mark at the beginning, what the server says, what the page says, and else UTF-8. */
const decode = (bytes: Buffer, header: string | undefined, html: boolean): string => {
  const marked = marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0];
  const inPage = html
    ? charsetIn(/<meta[^>]*charset[^>]*>/i.exec(bytes.toString("latin1", 0, 4096))?.[0] ?? "")
    : undefined;
  const decoder = decoderFor(marked) ?? decoderFor(charsetIn(header ?? "")) ?? decoderFor(inPage) ?? new TextDecoder();
  return decoder.decode(bytes);
};

const indented = (text: string): string => {
  try {
    return text.includes("\n") ? text : JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
};

/** The text of an answer that `isReadable`. What is not for eyes is shown by its code. */
export const pageText = async (
  bytes: Buffer,
  { type, header, address }: { type: string; header: string | undefined; address: string },
): Promise<PageText> => {
  const text = decode(bytes, header, isHtml(type));
  if (!isHtml(type)) return { title: "", text: plainText(/[/+]json$/.test(type) ? indented(text) : text) };
  // Only a thread that reads pages pays for the parser.
  const { htmlText } = await import("./html-text.ts");
  const page = htmlText(text, address);
  return { title: plainText(page.title), text: plainText(page.text) };
};
