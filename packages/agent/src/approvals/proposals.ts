import { hostEntryCovers, type Verdict } from "@fettle/workspace";
import { allowedHostProblem, withPorts } from "./allowed-hosts.ts";
import type { Decision } from "./decide.ts";
import type { RuleBook } from "./rule-book.ts";

/* What `always` would write, and what becomes of it when a person or program changes it before it is written. */

/** What a changed proposal would allow, in words, or why it is no answer to the question. */
export type Reviewed =
  | { readonly ok: true; readonly allows: readonly string[] }
  | { readonly ok: false; readonly why: string };

/** What `always` would write, and who judges another text in its place. */
export type Offer = { readonly proposal: string; review(changed: string): Promise<Reviewed> };

type CommandQuestion = {
  readonly script: string;
  readonly run: "sandbox" | "host" | undefined;
  /** What no rule speaks of runs in the sandbox at this level. */
  readonly unmatchedRuns: boolean;
  readonly first: Extract<Decision, { type: "ask" }>;
  /** What would be decided with another verdict. */
  decideWith(verdict: Verdict): Decision;
};

const rulesIn = (text: string): number => text.match(/^\s*\[\[\s*rule\s*\]\]/gm)?.length ?? 0;
const goesOutside = (text: string): boolean => /^\s*run\s*=\s*["']host["']/m.test(text);

/** Whether the command would run without a question, and where it was asked about. */
const settles = (then: Decision, { first }: CommandQuestion): boolean =>
  then.type === "run" && then.mode === first.mode;

const reviewRules = async (
  rules: RuleBook,
  question: CommandQuestion,
  texts: { proposal: string; changed: string },
): Promise<Reviewed> => {
  const { proposal, changed } = texts;
  const reviewed = await rules.review(question.script, changed);
  if (!reviewed.ok) return reviewed;
  if (goesOutside(changed) && !goesOutside(proposal))
    return { ok: false, why: "it would let commands run outside of the sandbox, which was not asked about" };
  const then = question.decideWith(reviewed.verdict);
  // Whoever leaves a rule out wants the rest to be asked about again.
  if (settles(then, question) || rulesIn(changed) < rulesIn(proposal)) return { ok: true, allows: reviewed.allows };
  const why = then.type === "run" ? "it would run elsewhere than was asked about" : then.why;
  return { ok: false, why: `this command would be asked about all the same: ${why}` };
};

/** The rules that `always` would add for a command; null where no rule can say it, or none would hold. */
export const offerRules = async (rules: RuleBook, question: CommandQuestion): Promise<Offer | null> => {
  const { script, run, unmatchedRuns } = question;
  const proposal = await rules.propose(script, { run, unmatchedRuns });
  if (proposal === null) return null;
  const reviewed = await rules.review(script, proposal);
  if (!reviewed.ok || !settles(question.decideWith(reviewed.verdict), question)) return null;
  return { proposal, review: (changed) => reviewRules(rules, question, { proposal, changed }) };
};

/** The rule for a tool that `always` would add: that one, or none. */
export const offerTool = (proposal: string): Offer => ({
  proposal,
  review: async () => ({ ok: false, why: "a rule for a tool is taken as it is; change it in rules.toml" }),
});

/** The entry for a host that `always` would add. */
export const offerHost = (entry: string, at: { host: string; port: number }): Offer => ({
  proposal: entry,
  review: async (changed) => {
    const problem = allowedHostProblem(changed);
    if (problem !== null) return { ok: false, why: problem };
    const entries = withPorts(changed);
    return entries.some((one) => hostEntryCovers(one, at))
      ? { ok: true, allows: [`connections to ${entries.join(" and ")}`] }
      : { ok: false, why: `it does not allow ${at.host}:${at.port}, which was asked about` };
  },
});
