/*
 * The end of an unfinished text, so that it does not jump when the rest of it comes: what is opened is closed, and what
 * cannot be told yet is left out until it can.
 */

const closeSpans = (line: string): string => {
  const ticks = line.match(/`+/g) ?? [];
  if (ticks.length % 2 === 1) {
    const last = ticks.at(-1) ?? "`";
    return line.endsWith(last) ? line.slice(0, -last.length) : `${line}${last}`;
  }
  const bare = line.replace(/(`+)[^`]*\1/g, "");
  // An address that is half there would be words at first and a link later.
  const link = /!?\[[^\]\n]{0,60}(?:\](?:\([^)\s]{0,200})?)?$/.exec(line);
  const kept = link !== null && bare.includes("[") ? line.slice(0, link.index) : line;
  for (const mark of ["**", "__", "~~"]) {
    const count = bare.split(mark).length - 1;
    if (count % 2 === 0) continue;
    const trimmed = kept.trimEnd();
    return trimmed.endsWith(mark) ? trimmed.slice(0, -mark.length) : `${trimmed.replace(/[*_~]$/, "")}${mark}`;
  }
  if (/(?:^|[\s(])\*[^\s*][^*]*$/.test(bare) && bare === line) return `${kept.trimEnd()}*`;
  return kept.replace(/(?:^|\s)[*_~]{1,2}$/, "");
};

/** The Markdown of an unfinished text whose last block is not in a fence. */
export const mended = (text: string): string => {
  const begin = text.lastIndexOf("\n\n") + 1;
  const lastLine = text.lastIndexOf("\n") + 1;
  const line = text.slice(lastLine);
  const block = text.slice(begin).trimStart();
  // A row of a table has its columns when it is whole; a first row alone is no table yet.
  if (block.startsWith("|") && block.trimEnd().split("\n").length <= 2 && !/^.*\n.*\n/.test(block))
    return text.slice(0, begin);
  if (line.trimStart().startsWith("|")) return text.slice(0, lastLine);
  if (/^\s*(?:`{1,3}|~{1,3}|#{1,6}|[-*+]|\d+[.)]?|=+|-+)$/.test(line)) return text.slice(0, lastLine);
  if ((text.match(/^\s*(?:`{3,}|~{3,})/gm) ?? []).length % 2 === 1) return text;
  return text.slice(0, begin) + closeSpans(text.slice(begin));
};
