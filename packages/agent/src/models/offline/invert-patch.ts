/**
 * The patch that takes back `patch` (`*** Begin Patch` text): removed lines are added and added ones removed. Null when
 * it adds, deletes or moves files, which its text alone cannot take back.
 */
export const invertPatch = (patch: string): string | null => {
  const lines = patch.split("\n");
  if (lines.some((line) => /^\*\*\* (?:Add File|Delete File|Move to):/.test(line))) return null;
  const inverted = lines.map((line) => {
    if (line.startsWith("+")) return `-${line.slice(1)}`;
    return line.startsWith("-") ? `+${line.slice(1)}` : line;
  });
  return inverted.join("\n");
};
