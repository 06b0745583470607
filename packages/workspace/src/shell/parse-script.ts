import { type ParsedScript, parse } from "unbash";

let last: { readonly script: string; readonly parsed: ParsedScript } | null = null;

/** The script's syntax tree, which nobody may change: several judges ask for the same one in a row. */
export const parseScript = (script: string): ParsedScript => {
  if (last?.script !== script) last = { script, parsed: parse(script) };
  return last.parsed;
};
