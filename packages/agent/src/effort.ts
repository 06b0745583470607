import type { LoggedEvent } from "@fettle/protocol";
import type { Effort } from "./model.ts";

/*
 * How much a model is asked to think when the user did not say: by what kind of request it is, as its words show. Plain
 * patterns, so that the same words always mean the same; what they do not know is work, at the model's own default.
 */

export type RequestKind = "question" | "work" | "plan";

const polite = /^(?:(?:hi|hello|hey|ok|okay|so|now|then|please|thanks)\b[\s,!.]*)+/i;

/** Why something is as it is takes looking around and thinking; so "why" is not among these. */
const questionStart =
  /^(?:what|which|who|whose|where|when|how (?:do|does|can|could|should|would|many|much|long|often|is|are)|is|are|was|were|does|do|did|has|have|can (?!you\b|we\b)|could (?!you\b|we\b)|should)\b/i;

/** Words that ask for more than an answer, or for one that has to be found out by work. */
const workWords =
  /\b(?:why|fix|mend|repair|add|write|implement|change|make|create|refactor|update|remove|delete|run|build|debug|rename|move|install|convert|migrate|fail(?:s|ed|ing)?|broken|bugs?|wrong)\b/i;

const planStart =
  /^(?:(?:can|could|would|will) you\s+|let'?s\s+)?(?:(?:make|write|draw up|give me|do|outline|prepare)\s+(?:an?|the|your)\s+(?:[\w-]+\s+){0,2})?(?:plan|review|design|audit|critique|threat[- ]model)\b/i;

const longestQuestion = 300;

/** The kind of a request. A plain question is short, on one line, and asks for nothing to be done. */
export const kindOfRequest = (prompt: string): RequestKind => {
  const text = prompt.trim().replace(polite, "");
  if (planStart.test(text)) return "plan";
  const plain = text.length <= longestQuestion && !text.includes("\n") && text.endsWith("?");
  return plain && questionStart.test(text) && !workWords.test(text) ? "question" : "work";
};

const scale: readonly Effort[] = ["minimal", "low", "medium", "high", "xhigh", "max", "ultra", "persistent"];
const lower = (a: Effort, b: Effort): Effort => (scale.indexOf(a) < scale.indexOf(b) ? a : b);
const higher = (a: Effort, b: Effort): Effort => (a === lower(a, b) ? b : a);

/**
 * The effort of a turn for which the user chose none. `requests` are the thread's so far, the new one included; within a
 * thread it only rises, because another effort makes some providers read the whole conversation anew. `usual` is the
 * model's own; undefined for a model that is not known to think, which is never told to.
 */
export const defaultEffort = (requests: readonly string[], usual: Effort | undefined): Effort | undefined => {
  if (usual === undefined) return undefined;
  const kinds = new Set(requests.map(kindOfRequest));
  if (kinds.has("plan")) return higher(usual, "high");
  return kinds.has("work") ? usual : lower(usual, "low");
};

/** What the user asked for in the turns that count. */
export const requestsIn = (live: readonly LoggedEvent[]): string[] =>
  live.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "user_message" && event.item.source === "user"
      ? [event.item.text]
      : [],
  );
