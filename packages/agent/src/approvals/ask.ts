import type { ApprovalItem, ApprovalSubject, ThreadEvent, Usage } from "@fettle/protocol";
import type { Model } from "../model.ts";
import type { Grants } from "./grants.ts";
import type { Offer, Reviewed } from "./proposals.ts";
import { review } from "./reviewer.ts";
import type { Answer, Approver, Question } from "./types.ts";

/** A question before it has a number. */
export type Draft = Pick<ApprovalItem, "subject" | "why" | "reason"> & {
  readonly reviewable: boolean;
  /** What `always` would write; null where nothing can. */
  readonly offer: Offer | null;
  /** Instead of once, thread, (always,) no. */
  readonly choices?: ApprovalItem["choices"];
};

export type AskPorts = {
  readonly approver: Approver | null;
  readonly reviewer: (() => Promise<Model>) | null;
  readonly grants: Grants;
  readonly threadId: string;
  emit(event: ThreadEvent): void;
  nextItemId(): string;
  notice(message: string): void;
  spent(model: string, usage: Usage): void;
  /** Takes secrets out of what another model is told. */
  redact(text: string): string;
  /** Writes what `always` stands for. Null, or why it could not be written. */
  always(subject: ApprovalSubject, proposal: string): Promise<string | null>;
};

const nobody: Answer = { choice: "no", by: "nobody" };

/** The approver's answer; "no" by nobody once the turn is interrupted. */
const heard = async (approver: Approver, item: ApprovalItem, signal: AbortSignal): Promise<Answer> => {
  // An abort that came while a review was waited for is not told again.
  if (signal.aborted) return nobody;
  const { promise: aborted, resolve } = Promise.withResolvers<Answer>();
  const onAbort = (): void => resolve(nobody);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([approver(item, signal), aborted]);
  } catch (error) {
    return { ...nobody, message: `the question could not be asked: ${error instanceof Error ? error.message : error}` };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};

const reviewed = async (ports: AskPorts, draft: Draft, signal: AbortSignal): Promise<Answer | null> => {
  if (!draft.reviewable || ports.reviewer === null) return null;
  try {
    const text = ports.redact(JSON.stringify({ ...draft.subject, why_it_is_asked: draft.why }));
    const reviewer = await ports.reviewer();
    const { allowed, usage } = await review(reviewer, { text, threadId: ports.threadId }, signal);
    ports.spent(reviewer.info.id, usage);
    return allowed ? { choice: "once", by: "reviewer" } : null;
  } catch (error) {
    ports.notice(`no review: ${error instanceof Error ? error.message : error}`);
    return null;
  }
};

/** A program that changes its mind with each question would never end. */
const mostRounds = 20;

/** A text that is kept would hold the secret plainly. */
const holdsSecret = (ports: AskPorts, text: string): boolean => ports.redact(text) !== text;

const reviewChange = async (ports: AskPorts, offer: Offer, changed: string): Promise<Reviewed> =>
  holdsSecret(ports, changed) ? { ok: false, why: "it holds a secret" } : await offer.review(changed);

/** The answer that stands: what was changed is judged and asked about again, so that nothing is written unseen. */
const settledAnswer = async (
  ports: AskPorts & { approver: Approver },
  asked: { open: ApprovalItem; offer: Offer | null },
  signal: AbortSignal,
): Promise<Answer> => {
  const { open, offer } = asked;
  let question: Question = open;
  for (let round = 0; round < mostRounds; round += 1) {
    const answer = await heard(ports.approver, question, signal);
    if (answer.choice !== "always") return answer;
    // Where `always` was not offered there is nothing to write.
    if (offer === null || question.proposal === undefined) return { ...answer, choice: "once" };
    const text = answer.proposal ?? question.proposal;
    if (text === question.proposal) return { ...answer, proposal: text };
    const changed = await reviewChange(ports, offer, text);
    question = changed.ok ? { ...question, proposal: text, changed } : { ...question, changed };
  }
  return { ...nobody, message: "the answer was changed again and again" };
};

/** Carries out `always`; what cannot be written was allowed this once all the same. */
const keep = async (ports: AskPorts, item: ApprovalItem, answer: Answer): Promise<ApprovalItem> => {
  const { proposal, ...said } = answer;
  if (said.choice !== "always" || proposal === undefined) return { ...item, answer: said };
  const problem = await ports.always(item.subject, proposal);
  if (problem === null) return { ...item, proposal, answer: said };
  ports.notice(`allowed once, not always: ${problem}`);
  return { ...item, answer: { ...said, choice: "once" } };
};

const askNow = async (ports: AskPorts, draft: Draft, signal: AbortSignal): Promise<Answer> => {
  const { reviewable: _, offer: offered, choices, ...asked } = draft;
  const offer = offered === null || holdsSecret(ports, offered.proposal) ? null : offered;
  if (ports.grants.has(asked.subject)) return { choice: "thread", by: "person" };
  if (signal.aborted) return nobody;
  const open: ApprovalItem = {
    id: ports.nextItemId(),
    type: "approval",
    status: "in_progress",
    ...asked,
    ...(offer === null ? {} : { proposal: offer.proposal }),
    choices: choices ?? (offer === null ? ["once", "thread", "no"] : ["once", "thread", "always", "no"]),
  };
  const { approver } = ports;
  const waits = approver !== null || (draft.reviewable && ports.reviewer !== null);
  if (waits) ports.emit({ type: "item.started", item: open });
  const said =
    (await reviewed(ports, draft, signal)) ??
    (approver === null ? nobody : await settledAnswer({ ...ports, approver }, { open, offer }, signal));
  // A yes that was not among the choices is one for this time.
  const answer: Answer = choices === undefined || choices.includes(said.choice) ? said : { ...said, choice: "once" };
  const item = await keep(ports, { ...open, status: "completed" }, answer);
  ports.emit({ type: "item.completed", item });
  if (item.answer?.choice === "thread") ports.grants.add(item.subject);
  return { ...(item.answer ?? nobody), ...(item.proposal === undefined ? {} : { proposal: item.proposal }) };
};

/** Asks one question at a time: a second one waits, and is dropped when the first one's answer settles it too. */
export const createAsk = (ports: AskPorts): ((draft: Draft, signal: AbortSignal) => Promise<Answer>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (draft, signal) => {
    const answer = last.then(() => askNow(ports, draft, signal));
    last = answer.catch(() => {});
    return answer;
  };
};
