import { fromJSONSchema } from "zod";

/** What is wrong with an answer that must satisfy a JSON Schema; null when nothing is. To be loaded only when needed. */
export const answerProblem = (answer: string, schema: Readonly<Record<string, unknown>>): string | null => {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return "the answer is not JSON although --output-schema was given";
  }
  let checker: ReturnType<typeof fromJSONSchema>;
  try {
    checker = fromJSONSchema(schema);
  } catch {
    // A schema with parts that the checker does not know: the provider was asked to enforce it, and it is JSON.
    return null;
  }
  const result = checker.safeParse(value);
  if (result.success) return null;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.map(String).join(".")}`;
  return `the answer does not satisfy --output-schema${place}: ${issue?.message ?? "invalid"}`;
};
