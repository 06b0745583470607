import type * as z from "zod/mini";

/* The schemas are used without zod's own messages, which would be loaded with every start. */

type Issue = z.core.$ZodIssue;

/** What zod says where nobody gave it words. */
const wordless = "Invalid input";
const units: Readonly<Record<string, string>> = { string: " characters long", array: " entries long" };

/** What is wrong with a value, to be read after its name: `must be more than 0`. Pure. */
export const issueWords = (issue: Issue): string => {
  if (issue.message !== wordless) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `must not have ${issue.keys.join(", ")}`;
    case "too_small":
      if (issue.minimum === 1 && issue.origin !== "number") return "must not be empty";
      return `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${units[issue.origin] ?? ""}`;
    case "too_big":
      return `must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${units[issue.origin] ?? ""}`;
    case "invalid_format":
      return issue.pattern === undefined ? `must be a valid ${issue.format}` : `must match ${issue.pattern}`;
    case "invalid_union":
      return "has none of the forms that it may have";
    default:
      return issue.message;
  }
};

/** All that is wrong with a value, each with its place, on one line. Pure. */
export const problemsOf = (error: z.core.$ZodError): string =>
  error.issues
    .map((issue) => `${issue.path.length === 0 ? "it" : issue.path.map(String).join(".")} ${issueWords(issue)}`)
    .join("; ");
