/*
 * The ways in which a value is commonly written. Whoever transforms it on purpose (reversed, cut in pieces, encrypted)
 * gets past this: it keeps values from being spread by accident and by the plain tricks.
 */

/** A value that must not be seen, and the name that stands in its place. */
export type Secret = { readonly name: string; readonly value: string };

/** Shorter values are ordinary words: replacing them would garble output and tell the value. */
const minimumLength = 6;
/** Beyond this only the value itself is looked for, so that the tables stay small. */
const maximumEncodedLength = 8192;

export type Forms = {
  /** Found as they stand. */
  readonly exact: ReadonlySet<string>;
  /** Found also when broken over lines or spaced out in groups, as encoders print them. ASCII. */
  readonly loose: ReadonlySet<string>;
};

/**
 * The part of a base64 text that depends on the value alone, for each of the three ways the value may lie in what was
 * encoded. Up to four bits at either end are shared with the neighbours and stay.
 */
const base64Cores = (bytes: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

const urlForms = (value: string, bytes: Buffer): string[] => {
  const strict = encodeURIComponent(value.toWellFormed());
  const form = strict.replace(/[!'()*]/g, (character) => percent(character.charCodeAt(0)));
  const all = [
    strict,
    form,
    form.replaceAll("%20", "+"),
    form.replaceAll("%2F", "/"),
    [...bytes].map(percent).join(""),
  ];
  return all.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
};

const jsonEscaped = (value: string): string => JSON.stringify(value).slice(1, -1);

const jsonForms = (value: string): string[] => {
  const once = jsonEscaped(value);
  const ascii = once.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [once, ascii, once.replaceAll("/", "\\/"), jsonEscaped(once)];
};

const shellForms = (value: string): string[] => [
  value.replace(/[$`"\\]/g, "\\$&"),
  value.replaceAll("'", "'\\''"),
  value.replace(/[^\w@%+=:,./\n-]/g, "\\$&"),
];

/** The lines of a key in several lines, for it is often shown indented or in part. */
const keyLines = (value: string): string[] =>
  value.includes("\n") ? value.split(/\r?\n/).filter((line) => /^\S{16,}$/.test(line)) : [];

/** All forms of a value; none of a value that is too short to be told from ordinary text. */
export const formsOf = (value: string): Forms => {
  const trimmed = value.trim();
  const exact = new Set<string>();
  const loose = new Set<string>();
  if (trimmed.length < minimumLength) return { exact, loose };
  exact.add(trimmed);
  for (const line of keyLines(trimmed)) exact.add(line);
  if (trimmed.length > maximumEncodedLength) return { exact, loose };
  const bytes = Buffer.from(trimmed, "utf8");
  for (const text of [...urlForms(trimmed, bytes), ...jsonForms(trimmed), ...shellForms(trimmed)]) exact.add(text);
  for (const core of base64Cores(bytes)) {
    loose.add(core);
    loose.add(core.replaceAll("+", "-").replaceAll("/", "_"));
  }
  const hex = bytes.toString("hex");
  loose.add(hex).add(hex.toUpperCase());
  return { exact, loose };
};
