/* `-c key=value`: a dotted path and a value in TOML. */

export type Override = { readonly path: readonly string[]; readonly value: unknown };
export type ParsedOverride = { ok: true; override: Override } | { ok: false; message: string };

const bareKey = /^[A-Za-z0-9_-]+$/;

/** `a.b."c.d"` as its parts; undefined when it is not a key. Quoted parts have no escapes. */
const splitKey = (text: string): string[] | undefined => {
  const parts = text.match(/"[^"]*"|'[^']*'|[^.]+/g) ?? [];
  if (parts.join(".") !== text || parts.length === 0) return undefined;
  const names = parts.map((part) => (/^["']/.test(part) ? part.slice(1, -1) : part.trim()));
  return names.every((name, index) => name !== "" && (/^["']/.test(parts[index] ?? "") || bareKey.test(name)))
    ? names
    : undefined;
};

/** Where the key ends: the first `=` outside quotes. */
const separator = (text: string): number => {
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const char = text[index] ?? "";
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "=") return index;
    else if (char === '"' || char === "'") quote = char;
  }
  return -1;
};

/** The values that nearly all options have, without loading a TOML parser. */
const simpleValue = (text: string): { value: unknown } | undefined => {
  if (text === "true" || text === "false") return { value: text === "true" };
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) return { value: Number(text) };
  if (/^"[^"\\\u0000-\u001f\u007f]*"$/.test(text)) return { value: text.slice(1, -1) };
  // A bare word is no TOML value, so it is meant as it stands.
  if (/^[A-Za-z][\w./:@-]*$/.test(text) && !/^(?:inf|nan)$/.test(text)) return { value: text };
  return undefined;
};

/** A value that is not TOML counts as plain text, so that `-c model=gpt-5` needs no quotes within quotes. */
const parseValue = async (text: string): Promise<unknown> => {
  const simple = simpleValue(text);
  if (simple !== undefined) return simple.value;
  const { parse } = await import("smol-toml");
  try {
    return parse(`value = ${text}`).value;
  } catch {
    return text;
  }
};

export const parseOverride = async (text: string): Promise<ParsedOverride> => {
  const at = separator(text);
  const path = at === -1 ? undefined : splitKey(text.slice(0, at).trim());
  if (path === undefined) return { ok: false, message: `-c ${text}: expected key=value` };
  return { ok: true, override: { path, value: await parseValue(text.slice(at + 1).trim()) } };
};

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The table with the value at the path; what is no table on the way is replaced. The given table is not changed. */
export const applyOverride = (
  table: Readonly<Record<string, unknown>>,
  override: Override,
): Record<string, unknown> => {
  const [first, ...rest] = override.path;
  if (first === undefined) return { ...table };
  const existing = Object.hasOwn(table, first) ? table[first] : undefined;
  const value =
    rest.length === 0 ? override.value : applyOverride(isTable(existing) ? existing : {}, { ...override, path: rest });
  return Object.defineProperty({ ...table }, first, { value, enumerable: true, configurable: true, writable: true });
};
