import type { ThreadEvent } from "@fettle/protocol";
import type { Snapshots } from "@fettle/workspace";

/**
 * Takes a turn's snapshots while the model thinks. The log learns each one when it is known; a command that may write
 * waits for `settle` first, so that the tree before it is on record.
 */
export type SnapshotKeeper = {
  /** Takes the snapshot of the turn's beginning in the background. */
  begin(): void;
  changedBy(itemId: string): void;
  settle(): Promise<void>;
  /** Takes one now, whoever may have changed files: its tree, null when it could not be taken. */
  now(): Promise<string | null>;
  /** Whether anything in this turn may have changed files. */
  readonly changed: boolean;
  /** The last tree taken in this turn. */
  readonly tree: string | null;
  /** No event is emitted after this. */
  stop(): void;
};

export const createSnapshotKeeper = (
  snapshots: Snapshots,
  emit: (event: ThreadEvent) => void,
  onFault: (message: string) => void,
): SnapshotKeeper => {
  let pending: Promise<void> | null = null;
  let changed = false;
  let tree: string | null = null;
  let stopped = false;
  let faulty = false;

  const take = async (afterItem: string | undefined): Promise<void> => {
    try {
      const taken = await snapshots.take();
      if (stopped) return;
      tree = taken;
      emit({ type: "snapshot", tree, ...(afterItem === undefined ? {} : { after_item: afterItem }) });
    } catch (error) {
      tree = null;
      if (stopped || faulty) return;
      faulty = true;
      onFault(`no snapshot: ${error instanceof Error ? error.message : error}; undo and evidence are not available`);
    }
  };
  const queue = (afterItem: string | undefined): void => {
    pending = (pending ?? Promise.resolve()).then(() => take(afterItem));
  };
  const begin = (): void => {
    if (pending === null) queue(undefined);
  };
  return {
    begin,
    changedBy(itemId) {
      changed = true;
      queue(itemId);
    },
    async settle() {
      begin();
      await pending;
    },
    async now() {
      queue(undefined);
      await pending;
      return tree;
    },
    get changed() {
      return changed;
    },
    get tree() {
      return tree;
    },
    stop() {
      stopped = true;
    },
  };
};
