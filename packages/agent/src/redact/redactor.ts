import { type Automaton, buildAutomaton, type Pattern } from "./automaton.ts";
import { type Forms, formsOf, type Secret } from "./forms.ts";

/** Takes the secrets out of one stream of bytes. */
export type Redactor = {
  /** What can be told by now. Held back is only what may be the beginning of a secret, or of one overlapping the last. */
  push(chunk: Buffer): Buffer;
  /** The rest. */
  end(): Buffer;
};

type Tables = { readonly exact: Automaton; readonly loose: Automaton; readonly replacements: readonly Buffer[] };

/** `[NAME]`; where that itself holds a secret (a variable that holds its own name), something that tells nothing. */
const replacementOf = (name: string, secrets: readonly Secret[]): Buffer => {
  const tells = (text: string): boolean => secrets.some(({ value }) => text.includes(value.trim()));
  return Buffer.from([`[${name}]`, "[secret]", "***"].find((text) => !tells(text)) ?? "", "utf8");
};

const patternsOf = (forms: readonly Forms[], kind: keyof Forms): Pattern[] =>
  forms.flatMap((form, label) => [...form[kind]].map((text) => ({ bytes: Buffer.from(text, "utf8"), label })));

/** A stretch of the output that is replaced, in bytes from the beginning of the stream. */
type Region = { start: number; end: number; label: number; told: boolean };

const isBlank = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;
/** Encoders break lines and put single blanks between groups; more than `\r\n` is no longer the same text. */
const maxBlanks = 2;

/** Puts a match in; stretches that overlap become one, named after what begins first. Matches come by their end. */
const addMatch = (regions: Region[], start: number, end: number, label: number): void => {
  let merged: Region = { start, end, label, told: false };
  for (let last = regions.at(-1); last !== undefined && merged.start < last.end; last = regions.at(-1)) {
    regions.pop();
    const first = last.told || last.start < merged.start ? last : merged;
    merged = { start: Math.min(last.start, merged.start), end, label: first.label, told: last.told };
  }
  regions.push(merged);
};

const createStream = ({ exact, loose, replacements }: Tables): Redactor => {
  /** Bytes whose fate is open; the first of them has the number `base`. */
  let held: Buffer = Buffer.alloc(0);
  let base = 0;
  let position = 0;
  let exactState = 0;
  let looseState = 0;
  let blanks = 0;
  /** Where the last bytes that are no blanks stand, for a match says only how many of them it takes. */
  const places = new Float64Array(loose.longest + 1);
  let placed = 0;
  const regions: Region[] = [];

  const placeBack = (count: number): number => places[(placed - count) % places.length] ?? 0;

  const scan = (chunk: Buffer): void => {
    for (const byte of chunk) {
      exactState = exact.next[exactState * exact.width + (exact.classes[byte] ?? 0)] ?? 0;
      const length = exact.found[exactState] ?? 0;
      if (length > 0) addMatch(regions, position + 1 - length, position + 1, exact.label[exactState] ?? 0);
      if (isBlank(byte)) {
        if (++blanks > maxBlanks) looseState = 0;
      } else {
        blanks = 0;
        places[placed++ % places.length] = position;
        looseState = loose.next[looseState * loose.width + (loose.classes[byte] ?? 0)] ?? 0;
        const count = loose.found[looseState] ?? 0;
        if (count > 0) addMatch(regions, placeBack(count), position + 1, loose.label[looseState] ?? 0);
      }
      position++;
    }
  };

  /** Tells what no later match can touch: those begin at `safe` or after it. */
  const settle = (safe: number): Buffer => {
    const told: Buffer[] = [];
    const take = (to: number): Buffer => {
      const part = held.subarray(0, to - base);
      held = held.subarray(to - base);
      base = to;
      return part;
    };
    for (let region = regions[0]; region !== undefined && region.start < safe; region = regions[0]) {
      if (!region.told) {
        told.push(take(region.start), replacements[region.label] ?? Buffer.alloc(0));
        region.told = true;
      }
      take(region.end);
      if (region.end > safe) break;
      regions.shift();
    }
    const until = Math.min(safe, regions[0]?.start ?? safe);
    if (until > base) told.push(take(until));
    return Buffer.concat(told);
  };

  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      scan(chunk);
      const exactStart = position - (exact.depth[exactState] ?? 0);
      const pending = loose.depth[looseState] ?? 0;
      const out = settle(Math.min(exactStart, pending === 0 ? position : placeBack(pending)));
      // Not a view into a chunk that may be large.
      held = Buffer.from(held);
      return out;
    },
    end: () => settle(Number.POSITIVE_INFINITY),
  };
};

/** Takes the values of secrets out of whatever is shown, stored or sent. */
export type Redaction = {
  /** For bytes that come in pieces. */
  stream(): Redactor;
  text(text: string): string;
};

/**
 * Null when there is nothing to hide, so that it costs nothing. The tables are made when something is looked through
 * that may hold a secret, or that comes in pieces.
 */
export const createRedaction = (given: readonly Secret[]): Redaction | null => {
  const hidden = given
    .map((secret) => ({ ...secret, forms: formsOf(secret.value) }))
    .filter(({ forms }) => forms.exact.size > 0);
  if (hidden.length === 0) return null;
  const forms = hidden.map((secret) => secret.forms);
  const exact = forms.flatMap((form) => [...form.exact]);
  const loose = forms.flatMap((form) => [...form.loose]);
  let made: Tables | null = null;
  const tables = (): Tables => {
    made ??= {
      exact: buildAutomaton(patternsOf(forms, "exact")),
      loose: buildAutomaton(patternsOf(forms, "loose")),
      replacements: hidden.map(({ name }) => replacementOf(name, hidden)),
    };
    return made;
  };
  const mayHold = (text: string): boolean => {
    if (exact.some((form) => text.includes(form))) return true;
    const dense = text.replace(/[ \n\r\t]+/g, "");
    return loose.some((form) => dense.includes(form));
  };
  return {
    stream: () => createStream(tables()),
    text(text) {
      if (!mayHold(text)) return text;
      const stream = createStream(tables());
      return Buffer.concat([stream.push(Buffer.from(text, "utf8")), stream.end()]).toString("utf8");
    },
  };
};

/** `createRedaction` for one stream: what comes out is the same however the bytes are cut into chunks. */
export const createRedactor = (secrets: readonly Secret[]): Redactor =>
  createRedaction(secrets)?.stream() ?? { push: (chunk) => chunk, end: () => Buffer.alloc(0) };
