import type { ThreadEvent } from "@fettle/protocol";
import type { Answer, Approver } from "../approvals/types.ts";
import type { ThreadSetup } from "../thread-setup.ts";

const nobody: Answer = { choice: "no", by: "nobody" };

/** "No" by nobody, at the abort. */
const aborted = (signal: AbortSignal): Promise<Answer> => {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  signal.addEventListener("abort", () => resolve(nobody), { once: true });
  if (signal.aborted) resolve(nobody);
  return promise;
};

/** An approver that is asked one question at a time, whichever thread it comes from. */
const inTurn = (approver: Approver): Approver => {
  let last: Promise<unknown> = Promise.resolve();
  return (question, signal) => {
    // A question that nobody waits for any more does not hold up the next, whatever its approver does.
    const answer = last.then(() =>
      signal.aborted ? nobody : Promise.race([approver(question, signal), aborted(signal)]),
    );
    last = answer.catch(() => {});
    return answer;
  };
};

/** The setup with an approver that answers for helpers too. */
export const withOneDesk = (setup: ThreadSetup): ThreadSetup => {
  const { approver } = setup.approvals;
  if (setup.agents === undefined || setup.parent !== undefined || approver === null) return setup;
  return { ...setup, approvals: { ...setup.approvals, approver: inTurn(approver) } };
};

type Desk = { readonly nextItemId: () => string; readonly emit: (event: ThreadEvent) => void };

/** Puts a helper's questions to who answers its parent's, with the helper's name, and shows them in the parent's log too. */
export const askingFor =
  (agent: string, approver: Approver, desk: Desk): Approver =>
  async (question, signal) => {
    const { changed, ...given } = question;
    const item = { ...given, id: desk.nextItemId(), agent, why: `helper ${agent}: ${question.why}` };
    desk.emit({ type: "item.started", item });
    let answer = nobody;
    try {
      const asked = { ...item, ...(changed === undefined ? {} : { changed }) };
      if (!signal.aborted) answer = await Promise.race([approver(asked, signal), aborted(signal)]);
      return answer;
    } finally {
      const { proposal: _, ...said } = answer;
      desk.emit({ type: "item.completed", item: { ...item, status: "completed", answer: said } });
    }
  };
