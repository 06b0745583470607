import type { AgentItem } from "@fettle/protocol";
import type { TurnResult } from "../thread-setup.ts";
import type { HelperCopy } from "./copies.ts";
import type { OpenedHelper } from "./open-helper.ts";

/** A helper of this process, at work or at rest. */
export type Helper = {
  readonly name: string;
  readonly opened: OpenedHelper;
  readonly copy: HelperCopy | null;
  /** Its item as it was last shown. */
  item: AgentItem;
  /** Settles when its turn has ended; never rejects. */
  done: Promise<void>;
  /** How the turn ended; null while it runs. */
  end: HelperEnd | null;
  /** What was in its copy when its work was last taken over, or at its beginning. */
  base: string;
  startedAt: number;
  /** Whether the model knows of the end. */
  told: boolean;
};

export type HelperEnd = { readonly result: TurnResult } | { readonly result: null; readonly error: string };

/** Why the turn was not completed; null when it was. */
export const failureOf = (end: HelperEnd): string | null => {
  if (end.result === null) return end.error;
  return end.result.end.type === "failed" ? end.result.end.failure.message : null;
};

const longestReport = 16_000;

/** Its last words, for the model of the thread that it helps. */
export const reportOf = (end: HelperEnd): string => {
  const words = end.result?.lastMessage.trim() ?? "";
  if (words.length <= longestReport) return words;
  return `${words.slice(0, longestReport).replace(/[\uD800-\uDBFF]$/, "")}… [cut; the whole is in its thread]`;
};

const secondsOf = (helper: Helper): string => `${((performance.now() - helper.startedAt) / 1000).toFixed(0)} s`;

/** One line on where it stands. */
export const headOf = (helper: Helper): string => {
  const { item, end } = helper;
  const who = `${item.name} (${item.role}, thread ${item.thread_id})`;
  if (end === null) return `${who}: still at work after ${secondsOf(helper)}`;
  const failure = failureOf(end);
  return failure === null ? `${who}: done` : `${who}: not done: ${failure}`;
};
