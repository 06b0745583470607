/** A question that can be answered by searching the repository. `subject` is the user's own word; null for "it". */
export type Question =
  | { readonly kind: "define" | "uses" | "tested" | "explain"; readonly subject: string | null }
  | { readonly kind: "overview" }
  | { readonly kind: "how_to_run" }
  | { readonly kind: "todos" }
  | { readonly kind: "find"; readonly words: readonly string[] };

const stopWords = new Set(
  `a about all an and any are as at be been being but by can class code could const constant contain contains defined definition describe
  did do does done each enum every exactly explain field file files find for from function get give goes got has have how i if implementation
  implemented import in interface into is it its just keyword kept let like list live lives located look made make me method module my name
  named no not of on one or our out over place please project property repo repository see set should show so some symbol symbols tell than that the their
  them then there these they thing things this those to type up us use used uses using variable was we were what when where which who why will with
  work works would you your declared called calls call tested tests test covered defines declares implements referenced happen happens handle handled handles
  written constants functions classes methods variables types source line lines here many much often`.split(/\s+/),
);

/** Things as code writes them: with an underscore, a dot, a slash, parentheses, a digit or a capital inside. */
const looksLikeCode = (word: string): boolean =>
  /[_$/]|\w\.\w|\(\)|[a-z][A-Z]|^[A-Z]{2,}|[A-Za-z]\d/.test(word) || /^[A-Z][a-z]+[A-Z]/.test(word);

const bare = (word: string): string => word.replace(/^[^\w$@/.#-]+|[^\w$)]+$/g, "").replace(/^[.#]+(?=\w)/, "");

/** The words of a question that are about its subject, code-like or quoted ones first. */
const subjectWords = (text: string): { quoted: string[]; code: string[]; plain: string[] } => {
  const quoted = [...text.matchAll(/`([^`\n]+)`|"([^"\n]+)"|(?<!\w)'([^'\n]+)'(?!\w)/g)].map((match) =>
    (match[1] ?? match[2] ?? match[3] ?? "").trim(),
  );
  const words = text
    .split(/[\s,;:!?]+/)
    .map(bare)
    .filter((word) => word !== "");
  const code = words.filter(looksLikeCode);
  const plain = words.filter((word) => !code.includes(word) && !stopWords.has(word.toLowerCase()) && word.length > 1);
  return { quoted: quoted.filter((word) => word !== ""), code: [...new Set(code)], plain: [...new Set(plain)] };
};

const overview =
  /\b(?:what(?:'s| is| does)?|describe|explain|summari[sz]e|overview|structure|architecture|layout|tour|tell me)\b.*\b(?:this|the|that)\s+(?:whole\s+)?(?:repo(?:sitory)?|project|code ?base|package|folder|directory|library|program|code)\b|^(?:overview|architecture|structure)\b|^(?:list|show)\b.*\bfiles\b|\bwhat is (?:this|in here|here)\b|\boverview\b/i;
const howToRun =
  /\bhow\b.*\b(?:run|start|build|install|test|launch|compile|set ?up|deploy|develop)\b.*|\b(?:which|what)\b.*\b(?:command|script)s?\b/i;
const runsThis =
  /\b(?:it|this|that|tests?|suite|project|repo(?:sitory)?|code|app|server|program|package|locally|everything|command|scripts?)\b/i;

/** "Which tests cover X", "what tests X": what stands before X is not what is looked for. */
const asksForTests =
  /\b(?:(?:which|what|any|an?|the|there)\s+(?:\w+\s+)?(?:tests?|specs?)(?:\s+(?:files?|cases?|suites?))?(?:\s+that)?\s+(?:covers?|checks?|exercises?|touch(?:es)?|verif(?:y|ies)|reach(?:es)?)|(?:what|which|who)\s+(?:covers?|tests))\s+(?=\S)/i;

const subjectKind = (text: string): "define" | "uses" | "tested" | "explain" | null => {
  if (asksForTests.test(text) || /\b(?:test(?:s|ed)?|cover(?:s|ed|age)?)\b/i.test(text)) return "tested";
  if (
    /\b(?:used|uses|usages?|callers?|calls|called|import(?:s|ed)|referenced|references|invoked|invokes|depends)\b/i.test(
      text,
    )
  )
    return "uses";
  if (
    /\b(?:defined|declared|definition|implemented|implementation|located|exported|come from|comes from|lives?)\b|^(?:where|find|which file)\b/i.test(
      text,
    )
  )
    return "define";
  if (/^(?:what|explain|describe|how|show|tell me|why)\b/i.test(text)) return "explain";
  return null;
};

/** Sorts a question, or null when it names nothing that could be searched for. */
export const classifyQuestion = (text: string): Question | null => {
  if (/\b(?:todos?|fixmes?|hacks|xxx)\b/i.test(text)) return { kind: "todos" };
  const { quoted, code, plain } = subjectWords(text.replace(asksForTests, ""));
  const named = quoted[0] ?? code[0];
  if (named === undefined && howToRun.test(text) && runsThis.test(text)) return { kind: "how_to_run" };
  if (named === undefined && overview.test(text)) return { kind: "overview" };
  const only = named ?? (plain.length === 1 ? plain[0] : undefined);
  const kind = subjectKind(text);
  if (only !== undefined && kind !== null) return { kind, subject: only };
  const words = [...quoted, ...code, ...plain].slice(0, 6);
  if (words.length === 0 && kind !== null && /\b(?:it|that|this)\b/i.test(text)) return { kind, subject: null };
  return words.length === 0 ? null : { kind: "find", words };
};
