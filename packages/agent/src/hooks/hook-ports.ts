import type { ThreadSetup } from "../thread-setup.ts";
import type { ThreadState } from "../thread-state.ts";
import type { ThreadHookPorts } from "./thread-hooks.ts";

/** What hooks need of a thread. */
export const hookPorts = (state: ThreadState, setup: ThreadSetup): Omit<ThreadHookPorts, "tell"> => ({
  hooks: setup.hooks ?? [],
  threadId: state.log.id,
  logPath: state.log.path,
  cwd: setup.workspace.root,
  model: setup.model.info.id,
  role: setup.parent?.role ?? null,
  emit: state.emit,
  nextItemId: state.facts.nextItemId,
  redact: (text) => setup.redaction?.text(text) ?? text,
  notice: state.notice,
  isResumed: state.events.length > 0,
});
