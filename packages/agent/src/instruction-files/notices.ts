/** A repository decides how many there are, and a run must stay readable. */
const most = 20;

/** A file's name may hold line breaks, and what follows one would look like words of fettle's own. */
export const onOneLine = (text: string): string => text.replace(/\s*[\r\n]\s*/g, " ⏎ ");

/** The first of what a person is told, each on one line, and a line that counts the others. Pure. */
export const firstNotices = (notices: readonly string[]): readonly string[] => {
  const more = notices.length - most;
  return [...notices.slice(0, most).map(onOneLine), ...(more > 0 ? [`… and ${more} more`] : [])];
};
