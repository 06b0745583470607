/** A repository decides how many there are, and a run must stay readable. */
const most = 20;

/** The first of the lines that a person is told, and one that counts the others. Pure. */
export const firstNotices = (lines: readonly string[]): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more; see: fettle context`];
