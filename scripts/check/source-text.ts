/** A source text taken apart just far enough to find imports and comments without a parser. */
export type SourceText = {
  /** The same text, same length, with comments and the insides of template literals and regular expressions blanked. */
  code: string;
  comments: { line: number; text: string }[];
};

const regexMayFollow =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>])\s*$|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield)\s*$/;

/** End of the quoted text that starts at `start`, after its closing quote. */
const endOfString = (text: string, start: number): number => {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote || text[i] === "\n") return i + 1;
  }
  return text.length;
};

const endOfRegex = (text: string, start: number): number => {
  let inClass = false;
  for (let i = start + 1; i < text.length; i++) {
    const character = text[i];
    if (character === "\\") i++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "\n" || (character === "/" && !inClass)) return i + 1;
  }
  return text.length;
};

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** Takes TypeScript as the formatter prints it; code inside `${}` of a template literal is kept as code. */
export const readSource = (text: string): SourceText => {
  const comments: SourceText["comments"] = [];
  let code = "";
  /** For each template literal we are inside of: how many braces are open in its `${}`. */
  const templates: number[] = [];

  const copy = (end: number): void => {
    code += text.slice(code.length, end);
  };
  const erase = (end: number): void => {
    code += blank(text.slice(code.length, end));
  };
  const comment = (end: number): void => {
    const line = (code.match(/\n/g)?.length ?? 0) + 1;
    comments.push({ line, text: text.slice(code.length, end) });
    erase(end);
  };
  /** From inside a template literal up to its end or to the next `${`. */
  const template = (): void => {
    for (let i = code.length; i < text.length; i++) {
      if (text[i] === "\\") i++;
      else if (text[i] === "`") {
        erase(i + 1);
        return;
      } else if (text[i] === "$" && text[i + 1] === "{") {
        templates.push(0);
        erase(i + 2);
        return;
      }
    }
    erase(text.length);
  };
  const brace = (character: string): void => {
    const depth = templates.at(-1);
    copy(code.length + 1);
    if (depth === undefined) return;
    if (character === "{") templates[templates.length - 1] = depth + 1;
    else if (depth > 0) templates[templates.length - 1] = depth - 1;
    else {
      templates.pop();
      template();
    }
  };
  const lineEnd = (from: number): number => {
    const end = text.indexOf("\n", from);
    return end < 0 ? text.length : end;
  };
  const blockEnd = (from: number): number => {
    const end = text.indexOf("*/", from + 2);
    return end < 0 ? text.length : end + 2;
  };

  while (code.length < text.length) {
    const at = code.length;
    const character = text[at] ?? "";
    const next = text[at + 1];
    if (character === "/" && next === "/") comment(lineEnd(at));
    else if (character === "/" && next === "*") comment(blockEnd(at));
    else if (character === "/" && regexMayFollow.test(code.slice(-30))) erase(endOfRegex(text, at));
    else if (character === '"' || character === "'") copy(endOfString(text, at));
    else if (character === "`") {
      erase(at + 1);
      template();
    } else if (character === "{" || character === "}") brace(character);
    else copy(at + 1);
  }
  return { code, comments };
};

export type Import = { specifier: string; line: number; reExport: boolean };

const statement = /^(import|export)\s+(?:type\s+)?(?:[\w$*\s,{}]+?)\s*from\s*["']([^"'\n]+)["']/gm;
const sideEffect = /^import\s*["']([^"'\n]+)["']/gm;
const dynamic = /\bimport\(\s*["']([^"'\n]+)["']/g;

/** Every module a source names: values, types, side effects and `import()`, in the order of these kinds. */
export const findImports = (code: string): Import[] => {
  const found: Import[] = [];
  const lineAt = (index: number): number => (code.slice(0, index).match(/\n/g)?.length ?? 0) + 1;
  for (const match of code.matchAll(statement)) {
    found.push({ specifier: match[2] ?? "", line: lineAt(match.index), reExport: match[1] === "export" });
  }
  for (const pattern of [sideEffect, dynamic]) {
    for (const match of code.matchAll(pattern)) {
      found.push({ specifier: match[1] ?? "", line: lineAt(match.index), reExport: false });
    }
  }
  return found;
};
