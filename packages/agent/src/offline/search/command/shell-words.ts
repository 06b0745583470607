/** A simple command of a script: its words and the variables set for it. */
export type SimpleCommand = {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Splits a script at `&&`, `;` and `||` outside quotes. */
export function splitScript(script: string): string[] {
  const parts: string[] = [];
  let part = "";
  let quote = "";
  for (let i = 0; i < script.length; i++) {
    const char = script.charAt(i);
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === ";" || script.startsWith("&&", i) || script.startsWith("||", i)) {
      parts.push(part);
      part = "";
      if (char !== ";") i++;
      continue;
    }
    part += char;
  }
  return [...parts, part].map((text) => text.trim()).filter((text) => text !== "");
}

/** The words of a simple command, unquoted. Undefined when it needs a real shell (pipes, substitution, redirection). */
export function parseCommand(text: string): SimpleCommand | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote === "'" ? char === "'" : quote === '"' && char === '"') quote = "";
    else if (char === "\\" && quote !== "'") word = (word ?? "") + text.charAt(++i);
    else if (quote !== "") word = (word ?? "") + char;
    else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[|<>`&]/.test(char) || text.startsWith("$(", i)) return undefined;
    else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  const env: Record<string, string> = {};
  const start = words.findIndex((item) => !/^[A-Za-z_]\w*=/.test(item));
  for (const item of start === -1 ? words : words.slice(0, start)) {
    const at = item.indexOf("=");
    env[item.slice(0, at)] = item.slice(at + 1);
  }
  return { words: start === -1 ? [] : words.slice(start), env, text };
}
