import type { ApprovalSubject, LoggedEvent } from "@fettle/protocol";

/** What a person allowed for the rest of a thread. */
export type Grants = { has(subject: ApprovalSubject): boolean; add(subject: ApprovalSubject): void };

/** Exactly this command in this folder, all patches, this port of this host, or this tool whatever its arguments. */
const keyOf = (subject: ApprovalSubject): string => {
  switch (subject.kind) {
    case "command":
      return JSON.stringify([subject.run, subject.cwd, subject.command]);
    case "patch":
      return "patch";
    case "network":
      return JSON.stringify(["host", subject.host, subject.port]);
    case "tool":
      return JSON.stringify(["tool", subject.server, subject.tool]);
    case "elicitation":
      return JSON.stringify(["elicitation", subject.server, subject.asks]);
  }
};

/** The grants that a thread's log holds. */
export const grantsOf = (events: Iterable<LoggedEvent>): Grants => {
  const keys = new Set<string>();
  for (const event of events) {
    // An answer was given for the thread it was asked in; a copy of it asks again.
    if (event.type === "thread.forked") keys.clear();
    if (event.type !== "item.completed" || event.item.type !== "approval") continue;
    // What was allowed for a helper stands in that one's own log.
    if (event.item.answer?.choice === "thread" && event.item.agent === undefined) keys.add(keyOf(event.item.subject));
  }
  return { has: (subject) => keys.has(keyOf(subject)), add: (subject) => void keys.add(keyOf(subject)) };
};
