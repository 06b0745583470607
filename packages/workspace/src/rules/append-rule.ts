/**
 * Adds rules to the text of a rules file, and changes nothing else of it: comments and layout stay. A rule that stands
 * there word by word is not added again.
 */
export const appendRule = (fileText: string, ruleText: string): string => {
  const newline = fileText.includes("\r\n") ? "\r\n" : "\n";
  const rule = ruleText.trim().replace(/\r?\n/g, newline);
  if (fileText.includes(rule)) return fileText;
  if (fileText.trim() === "") return `${fileText}${rule}${newline}`;
  const end = fileText.endsWith("\n") ? "" : newline;
  return `${fileText}${end}${newline}${rule}${newline}`;
};
