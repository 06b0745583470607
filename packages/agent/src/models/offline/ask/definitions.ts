import { isTestFile } from "../test-command.ts";
import { escapeForGrep, type Hit, isDerived, isProse } from "./grep.ts";

/*
 * Where a name is defined, told by the form of the line. Covers JavaScript, TypeScript, Python, Go, Rust, Java, C and
 * their like; it is a guess from text, so several are shown.
 */

const keywords =
  "function|function\\*|class|interface|type|enum|const|let|var|namespace|def|func|fn|struct|union|trait|mod|module|impl|static|macro_rules!|#define|define|record|object|protocol|val|typedef";
const modifiers =
  "public|private|protected|static|async|get|set|override|readonly|abstract|final|export|default|pub|inline|virtual|const|unsafe|extern";

/** An extended regular expression for lines that may define `name`. Wider than `rankDefinitions`. */
export const definitionPattern = (name: string): string => {
  const x = escapeForGrep(name);
  const end = "([^[:alnum:]_$]|$)";
  const s = "[[:space:]]";
  return [
    `(${keywords})${s}+[*&]*${x}${end}`,
    `func${s}*\\([^)]*\\)${s}*${x}${end}`,
    `(^|[[:space:].])["']?${x}["']?${s}*(=|:)([^=]|$)`,
    `^${s}*((${modifiers})${s}+)*[*#]?${x}${s}*(<[^>]*>)?\\(.*\\{?${s}*$`,
    `^${s}*((${modifiers})${s}+)+[^[:space:]=(]+[[:space:]*&]+${x}${s}*\\(`,
    `^[[:alpha:]][[:alnum:]_ *<>,&:]*[[:space:]*&]${x}${s}*\\(`,
  ].join("|");
};

type Form = { readonly pattern: (x: string) => RegExp; readonly score: number };
const strong =
  "function\\*?|class|interface|enum|struct|trait|def|func|fn|module|macro_rules!|record|protocol|typedef\\s+struct|#\\s*define";
const forms: readonly Form[] = [
  { pattern: (x) => new RegExp(`(?:^|[\\s(=])(?:${strong})\\s+\\*?${x}(?![\\w$])`), score: 10 },
  {
    pattern: (x) =>
      new RegExp(`^\\s*(?:export\\s+|pub\\s+|declare\\s+)*(?:type|mod|namespace|impl|union|object)\\s+${x}(?![\\w$])`),
    score: 9,
  },
  { pattern: (x) => new RegExp(`^func\\s*\\([^)]*\\)\\s*${x}(?![\\w$])`), score: 10 },
  {
    pattern: (x) =>
      new RegExp(
        `(?:const|let|var|val|static)\\s+(?:mut\\s+)?${x}\\s*(?::[^=]*)?=\\s*(?:async\\s*)?(?:function|class|\\(|[\\w$]+\\s*=>|<)`,
      ),
    score: 9,
  },
  { pattern: (x) => new RegExp(`(?:exports|prototype|module\\.exports)\\.${x}\\s*=[^=]`), score: 8 },
  { pattern: (x) => new RegExp(`(?:const|let|var|val|static)\\s+(?:mut\\s+)?${x}(?![\\w$])`), score: 7 },
  {
    pattern: (x) => new RegExp(`^\\s*(?:(?:${modifiers})\\s+)*[*#]?${x}\\s*(?:<[^>]*>)?\\([^;]*\\)[^;]*\\{\\s*$`),
    score: 7,
  },
  { pattern: (x) => new RegExp(`^[A-Za-z][\\w *<>,&:\\[\\]]*[\\s*&]${x}\\s*\\([^;]*$`), score: 5 },
  { pattern: (x) => new RegExp(`^\\s*(?:(?:${modifiers})\\s+)+[^\\s=(]+[\\s*&]+${x}\\s*\\([^;]*$`), score: 7 },
  { pattern: (x) => new RegExp(`(?:^|[\\s{,])["']?${x}["']?\\s*:\\s*(?:async\\s*)?(?:function|\\()`), score: 6 },
  { pattern: (x) => new RegExp(`^\\s*(?:[\\w$]+\\.)*${x}\\s*=[^=]`), score: 4 },
  { pattern: (x) => new RegExp(`^\\s*["']?${x}["']?\\s*:\\s*\\S`), score: 2 },
];

const notDefinitions =
  /^\s*(?:\/\/|\*|\/\*|#(?!\s*define)|--)|^\s*(?:return|throw|await|yield|if|else|while|for|switch|case|import|from|new|delete|typeof)\b|\brequire\s*\(/;

const scoreOf = (hit: Hit, x: string): number => {
  const form = forms.find(({ pattern }) => pattern(x).test(hit.text));
  if (form === undefined || notDefinitions.test(hit.text)) return 0;
  const place =
    (isTestFile(hit.path) ? -3 : 0) +
    (isDerived(hit.path) ? -4 : 0) +
    (isProse(hit.path) ? -7 : 0) +
    (/\.d\.[cm]?ts$/.test(hit.path) ? -2 : 0);
  return Math.max(form.score + place, 0);
};

/** Those hits that define `name`, the likeliest first. Source before tests, derived files and prose. */
export const rankDefinitions = (name: string, hits: readonly Hit[]): Hit[] => {
  const x = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const scored = hits.map((hit) => ({ hit, score: scoreOf(hit, x) })).filter(({ score }) => score > 0);
  const best = Math.max(0, ...scored.map(({ score }) => score));
  return scored
    .filter(({ score }) => score >= best - 4)
    .sort((a, b) => b.score - a.score)
    .map(({ hit }) => hit);
};
