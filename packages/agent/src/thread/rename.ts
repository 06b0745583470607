import { plainText } from "@fettle/protocol";
import { openThread } from "./thread-log.ts";
import type { OpenFailure } from "./types.ts";

/** In characters. */
const longestTitle = 200;

/**
 * Names a thread, or takes its name away (an empty title); what it was called before stays in the log. The title as it
 * is kept: one line without controls. Not while a turn runs, for the log has one writer. Throws `ThreadStorageError`.
 */
export const renameThread = (
  home: string,
  idOrPrefix: string,
  given: string,
): { readonly ok: true; readonly id: string; readonly title: string } | OpenFailure => {
  const line = plainText(given).replaceAll(/\s+/gu, " ").trim();
  const title = Array.from(line).slice(0, longestTitle).join("");
  const opened = openThread(home, idOrPrefix);
  if (!opened.ok) return opened;
  const { log, events } = opened;
  if (events.length === 0) {
    log.close();
    // What a thread begins with must stay its first event.
    return {
      ok: false,
      code: "not_found",
      message: `Nothing was said in thread ${log.id} yet; name it after its first turn`,
    };
  }
  try {
    log.append({ type: "thread.renamed", title });
    log.sync();
  } finally {
    log.close();
  }
  return { ok: true, id: log.id, title };
};
