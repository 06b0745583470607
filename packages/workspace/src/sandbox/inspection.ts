import type { Memory } from "./look.ts";
import { lookAt } from "./paths.ts";
import { type Finding, gitEntry, repositoryFindings, type Since } from "./planted.ts";

/** Where to look in a tree. */
export type Places = {
  /** The folder of the tree's own repository. */
  readonly own: string;
  /** Of repositories outside of the tree that commands may write to. */
  readonly outside: readonly string[];
  /** Folders with a `.git`. */
  readonly nested: readonly string[];
  readonly bare: readonly string[];
  /** Indexes that cannot be read. */
  readonly unread: readonly string[];
};

const sliceMs = 4;

/** What a command has left in these places that git would act on. Goes on in slices of a few milliseconds. */
export const findPlanted = async (
  places: Places,
  since: Omit<Since, "look">,
  memory: Memory,
): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  const lookAtRepository = (folder: string, isNew: boolean): void => {
    findings.push(...memory.unlessSame(folder, (look) => repositoryFindings(folder, { ...since, look }, isNew)));
  };
  lookAtRepository(places.own, since.isNew(places.own));
  for (const bare of places.bare) lookAtRepository(bare, since.isNew(bare));
  let sliceEnd = performance.now() + sliceMs;
  for (const folder of places.nested) {
    const entry = gitEntry(folder, since, places.outside);
    findings.push(...entry.findings);
    if (entry.repository !== null) lookAtRepository(entry.repository, entry.isNew);
    if (performance.now() < sliceEnd) continue;
    await new Promise((resolve) => setImmediate(resolve));
    sliceEnd = performance.now() + sliceMs;
  }
  for (const path of places.unread) {
    // git may understand what we do not.
    const there = lookAt(path);
    if (there && there.ctimeMs >= since.startedMs)
      findings.push({ path, why: "cannot be looked through", how: "rename" });
  }
  return findings;
};
