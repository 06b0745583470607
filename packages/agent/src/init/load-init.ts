/** Loads what writes a first AGENTS.md: no other command needs it. */
export const loadInit = async () => {
  const [{ initCandidates }, { describeRepository }, { studyRepository }] = await Promise.all([
    import("./candidates.ts"),
    import("./describe.ts"),
    import("./study.ts"),
  ]);
  return { initCandidates, describeRepository, studyRepository };
};
