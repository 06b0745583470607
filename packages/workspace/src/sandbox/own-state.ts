import type { PrivateFolder } from "./facts.ts";
import { type Left, openJournal, readLeft, sweepJournals } from "./journal.ts";
import { isWithin } from "./paths.ts";
import { createPlaceholders, type Placeholder, type Placeholders } from "./placeholders.ts";
import { createPrivateFolder, removePrivateFolder } from "./private-folder.ts";
import type { Writing } from "./tree-facts.ts";

/** What a sandbox has on the disk for itself, all of it in the journal. */
export type OwnState = {
  readonly placeholders: Placeholders;
  /** Made on first use. */
  privateFolder(): PrivateFolder;
  /** Writes down that a command writes. The result is to be called when what it left has been looked through. */
  begin(writings: readonly Writing[]): () => void;
  /** Commands in or around these folders whose process was killed; each is told once. */
  takeLeft(roots: readonly string[]): readonly Left[];
  close(): void;
};

export const createOwnState = (stateDir: string): OwnState => {
  const journal = openJournal(stateDir);
  const writing = new Set<readonly Writing[]>();
  let folder: PrivateFolder | null = null;
  let left: Left[] | null = null;
  let placed: readonly Placeholder[] = [];

  const record = (): void => {
    journal.record({ privateFolder: folder?.path ?? null, placeholders: placed, writings: [...writing].flat() });
  };
  const placeholders = createPlaceholders((list) => {
    placed = list;
    record();
  }, journal.othersWrite);
  const privateFolder = (): PrivateFolder => {
    if (left === null) {
      sweepJournals(stateDir);
      left = readLeft(stateDir);
    }
    if (folder === null) {
      folder = createPrivateFolder();
      record();
    }
    return folder;
  };

  return {
    placeholders,
    privateFolder,
    begin(writings) {
      writing.add(writings);
      record();
      return () => {
        writing.delete(writings);
        if (folder !== null) record();
      };
    },
    takeLeft(roots) {
      privateFolder();
      const overlaps = (root: string): boolean => roots.some((one) => isWithin(one, root) || isWithin(root, one));
      const due = (left ?? []).filter(({ writings }) => writings.some(({ root }) => overlaps(root)));
      left = (left ?? []).filter((one) => !due.includes(one));
      return due;
    },
    close() {
      if (folder === null) return;
      const staying = placeholders.removeAll();
      removePrivateFolder(folder.path);
      folder = null;
      placed = [];
      // Where a signal ends us, nobody looks any more at what a command has left.
      journal.close([...writing].flat(), staying);
      try {
        // What had to stay because of our commands may go now.
        sweepJournals(stateDir);
      } catch {
        // This may be the end of our process, which goes on. The next one sweeps.
      }
    },
  };
};
