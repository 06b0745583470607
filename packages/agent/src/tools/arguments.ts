import { problemsOf } from "@fettle/protocol";
import * as z from "zod/mini";

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/**
 * Reads a call's arguments by the tool's schema. The message of a failure is for the model: it names what is wrong so
 * that the next call can be right.
 */
export const parseArguments = <T>(schema: z.core.$ZodType<T>, text: string): Parsed<T> => {
  let value: unknown;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      message: `the arguments are not valid JSON: ${error instanceof Error ? error.message : error}`,
    };
  }
  const result = z.safeParse(schema, value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, message: `the arguments are not valid: ${problemsOf(result.error)}` };
};
