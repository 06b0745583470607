import { messageLines, messageStart } from "./markdown/message.ts";

const text =
  "Some *words* and `code`:\n\n- one **two**\n\n```js\nconst one = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";

/** Reads some Markdown, so that the first answer does not wait for what the reader does once. */
export const warm = (): void => {
  messageLines(text, messageStart, true, 80, { columns: 80, verbosity: "normal", colours: "none", plain: true });
};
