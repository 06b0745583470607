/* Reading JSON that others wrote, leniently: what is not there is empty. For the scripted model only. */

export type Json = Readonly<Record<string, unknown>>;

export const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const records = (value: unknown): Json[] => list(value).map(record);

export const string = (value: unknown): string => (typeof value === "string" ? value : "");

/** All text in a value that is a string, or a list of parts with `text` or `content`. */
export const textOf = (value: unknown): string =>
  typeof value === "string"
    ? value
    : records(value)
        .map((part) => string(part.text) || textOf(part.content))
        .join("\n");

/** JSON without the marks that say where a cache ends: they move and are no part of the prompt. */
export const withoutCacheMarks = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => (key === "cache_control" ? undefined : inner));
