import type { FileChange } from "@fettle/protocol";
import type { MergeOutcome } from "@fettle/workspace";
import type { ToolContext } from "../tools/tool.ts";

/** What a helper's copy held when it began, and holds now. */
export type Work = { readonly base: string; readonly tree: string };

export type TakenOver =
  | { readonly ok: true; readonly changes: readonly FileChange[] }
  | { readonly ok: false; readonly conflicts: Extract<MergeOutcome, { ok: false }>["conflicts"] };

/**
 * Merges a helper's work into the workspace: all of it, or nothing. It is shown as a change of files, and a snapshot
 * follows, so that evidence, undo and the diff of the turn know of it. Throws `SnapshotError`.
 */
export const takeOver = async (work: Work, context: ToolContext, prefer?: "ours" | "theirs"): Promise<TakenOver> => {
  if (work.base === work.tree) return { ok: true, changes: [] };
  const { snapshots } = context.workspace;
  await context.settleSnapshot();
  const ours = await snapshots.take();
  const merged = await snapshots.merge({
    base: work.base,
    ours,
    theirs: work.tree,
    ...(prefer === undefined ? {} : { prefer }),
  });
  if (!merged.ok) return merged;
  if (merged.tree === ours) return { ok: true, changes: [] };
  const paths = (await snapshots.changes(ours, merged.tree)).map(({ path }) => path);
  const closed = context.workspace.closedPaths(paths, context.policy);
  // In a copy elsewhere the sandbox may guard other places than here.
  if (closed.length > 0)
    return {
      ok: false,
      conflicts: closed.map((path) => ({ path, why: "a place that may not be changed", hunks: "" })),
    };
  const diff = await snapshots.diff(ours, merged.tree);
  const id = context.nextItemId();
  try {
    const changes: FileChange[] = [...(await snapshots.restore(ours, merged.tree))];
    context.emit({ type: "item.completed", item: { id, type: "file_change", changes, status: "completed", diff } });
    return { ok: true, changes };
  } finally {
    // Also when the disk refused in the middle: then what is there is neither the one nor the other.
    context.filesMayHaveChanged(id);
  }
};
