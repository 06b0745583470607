import { offsetsOfLines } from "../text.ts";
import type { Edit, Tier } from "./types.ts";

/* How often each mutator's undoing was a right repair, and how far it can be trusted. */
const KINDS: Readonly<Record<string, readonly [prior: number, tier: Tier]>> = {
  ArithmeticOperator: [0.35, "plausible"],
  ArrayDeclaration: [0.08, "doubtful"],
  ArrowFunction: [0.05, "doubtful"],
  AssignmentOperator: [0.3, "plausible"],
  BlockStatement: [0.06, "doubtful"],
  BooleanLiteral: [0.45, "likely"],
  ConditionalExpression: [0.08, "doubtful"],
  EqualityOperator: [0.38, "likely"],
  LogicalOperator: [0.4, "likely"],
  MethodExpression: [0.4, "likely"],
  ObjectLiteral: [0.05, "doubtful"],
  OptionalChaining: [0.2, "plausible"],
  Regex: [0.4, "likely"],
  StringLiteral: [0.06, "doubtful"],
  UnaryOperator: [0.35, "plausible"],
  UpdateOperator: [0.3, "plausible"],
};

const silent = () => undefined;
const disabled = () => false;
const logger = {
  ...{ isTraceEnabled: disabled, isDebugEnabled: disabled, isInfoEnabled: disabled, isWarnEnabled: disabled },
  ...{ isErrorEnabled: disabled, isFatalEnabled: disabled },
  ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent },
};

/** The mutants of Stryker's instrumenter for a source, as edits. Empty when it cannot parse the file. */
export async function strykerEdits(text: string, file: string): Promise<Edit[]> {
  const { Instrumenter } = await import("@stryker-mutator/instrumenter");
  const lines = offsetsOfLines(text);
  const options = { plugins: null, excludedMutations: [], ignorers: [], noHeader: true };
  let mutants: readonly { location: Place; mutatorName: string; replacement?: string | undefined; status?: unknown }[];
  try {
    const result = await new Instrumenter(logger).instrument([{ name: file, mutate: true, content: text }], options);
    mutants = result.mutants;
  } catch {
    return [];
  }
  const offset = (position: { line: number; column: number }) =>
    (lines[position.line] ?? text.length) + position.column;
  return mutants.flatMap((mutant) => {
    if (mutant.replacement === undefined || mutant.status === "Ignored") return [];
    const [prior, tier] = KINDS[mutant.mutatorName] ?? [0.1, "plausible"];
    const [start, end] = [offset(mutant.location.start), offset(mutant.location.end)];
    return [{ start, end, text: mutant.replacement, kind: mutant.mutatorName, prior, tier }];
  });
}

type Place = { start: { line: number; column: number }; end: { line: number; column: number } };
