import type { ApprovalItem, ApprovalSubject, ThreadEvent, Usage } from "@fettle/protocol";
import type { Model } from "../model.ts";
import type { Grants } from "./grants.ts";
import { review } from "./reviewer.ts";
import type { Answer, Approver } from "./types.ts";

/** A question before it has a number. */
export type Draft = Pick<ApprovalItem, "subject" | "why" | "reason" | "proposal"> & { readonly reviewable: boolean };

export type AskPorts = {
  readonly approver: Approver | null;
  readonly reviewer: (() => Promise<Model>) | null;
  readonly grants: Grants;
  readonly threadId: string;
  emit(event: ThreadEvent): void;
  nextItemId(): string;
  notice(message: string): void;
  spent(usage: Usage): void;
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
    const { allowed, usage } = await review(await ports.reviewer(), { text, threadId: ports.threadId }, signal);
    ports.spent(usage);
    return allowed ? { choice: "once", by: "reviewer" } : null;
  } catch (error) {
    ports.notice(`no review: ${error instanceof Error ? error.message : error}`);
    return null;
  }
};

/** Carries out `always`; what cannot be written was allowed this once all the same. */
const keep = async (ports: AskPorts, item: ApprovalItem, answer: Answer): Promise<ApprovalItem> => {
  const { proposal: changed, ...said } = answer;
  const proposal = changed ?? item.proposal;
  if (said.choice !== "always" || proposal === undefined) return { ...item, answer: said };
  const problem = await ports.always(item.subject, proposal);
  if (problem === null) return { ...item, proposal, answer: said };
  ports.notice(`allowed once, not always: ${problem}`);
  return { ...item, answer: { ...said, choice: "once" } };
};

const askNow = async (ports: AskPorts, draft: Draft, signal: AbortSignal): Promise<Answer> => {
  const { reviewable: _, proposal, ...rest } = draft;
  // A rule that is kept would hold the secret in plain text.
  const kept = proposal !== undefined && ports.redact(proposal) === proposal;
  const said = kept ? { ...rest, proposal } : rest;
  if (ports.grants.has(said.subject)) return { choice: "thread", by: "person" };
  if (signal.aborted) return nobody;
  const open: ApprovalItem = {
    id: ports.nextItemId(),
    type: "approval",
    status: "in_progress",
    ...said,
    choices: kept ? ["once", "thread", "always", "no"] : ["once", "thread", "no"],
  };
  const { approver } = ports;
  const waits = approver !== null || (draft.reviewable && ports.reviewer !== null);
  if (waits) ports.emit({ type: "item.started", item: open });
  const answer =
    (await reviewed(ports, draft, signal)) ?? (approver === null ? nobody : await heard(approver, open, signal));
  const item = await keep(ports, { ...open, status: "completed" }, answer);
  ports.emit({ type: "item.completed", item });
  if (item.answer?.choice === "thread") ports.grants.add(item.subject);
  return item.answer ?? nobody;
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
