import { betweenCompactions, type Compaction, compactionsOf, type Line, totalsOf } from "./ledger.ts";

/** What is known of one program's run. */
export type PeerRun = {
  readonly name: string;
  readonly version: string;
  readonly lines: readonly Line[];
  /** What went wrong; nothing when all steps were done. */
  readonly failures: readonly string[];
};

export type RunFacts = { readonly date: string; readonly steps: number; readonly window: number };

const kb = (bytes: number): string => (Number.isNaN(bytes) ? "–" : (bytes / 1000).toFixed(1));
const percent = (share: number): string => (Number.isNaN(share) ? "–" : `${(share * 100).toFixed(1)} %`);

const mean = (compactions: readonly Compaction[], pick: (compaction: Compaction) => number): number =>
  compactions.reduce((all, one) => all + pick(one), 0) / compactions.length;

const wordsKept = (compactions: readonly Compaction[]): string => {
  const kept = compactions.filter(({ hasWords }) => hasWords).length;
  return kept === compactions.length ? "yes" : kept === 0 ? "no" : `${kept} of ${compactions.length}`;
};

const rowOf = ({ name, lines }: PeerRun, steps: number): string[] => {
  const compactions = compactionsOf(lines);
  const { requests, extensions, least } = betweenCompactions(lines);
  const { bytes, uncached } = totalsOf(lines);
  const forCompactions = compactions.reduce(
    (all, { questionBytes, questionCached, resent }) => all + questionBytes - questionCached + resent,
    0,
  );
  return [
    name,
    `${extensions} of ${requests}${extensions === requests ? "" : ` (least ${percent(least)})`}`,
    String(compactions.length),
    kb(mean(compactions, ({ questionBytes }) => questionBytes)),
    percent(mean(compactions, ({ questionCached }) => questionCached) / mean(compactions, (one) => one.questionBytes)),
    kb(mean(compactions, ({ nextBytes }) => nextBytes)),
    kb(mean(compactions, ({ resent }) => resent)),
    kb((uncached * 100) / steps),
    kb((forCompactions * 100) / steps),
    kb((bytes * 100) / steps),
    compactions.length === 0 ? "–" : wordsKept(compactions),
    String(lines.filter(({ kind }) => kind === "refused").length),
  ];
};

const head = [
  "",
  "extend the request before",
  "compactions",
  "question KB",
  "of it cached",
  "next request KB",
  "of it anew KB",
  "anew KB / 100 steps",
  "of it for compactions",
  "sent KB / 100 steps",
  "first words kept",
  "refused",
];

const eachHead = [
  "",
  "compaction",
  "questions",
  "KB",
  "of it cached KB",
  "next request KB",
  "of it anew KB",
  "first words kept",
];

const eachRows = ({ name, lines }: PeerRun): string[][] =>
  compactionsOf(lines).map((one, index) => [
    name,
    String(index + 1),
    String(one.questions),
    kb(one.questionBytes),
    kb(one.questionCached),
    kb(one.nextBytes),
    kb(one.resent),
    one.hasWords ? "yes" : "no",
  ]);

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const table = (top: readonly string[], rows: readonly (readonly string[])[]): string =>
  [top, top.map(() => "---"), ...rows].map(line).join("\n");

/** One table, a program a row. */
export const cacheTable = (runs: readonly PeerRun[], steps: number): string =>
  table(
    head,
    runs.map((run) => rowOf(run, steps)),
  );

/** The page in Markdown. */
export const renderCacheReport = (runs: readonly PeerRun[], { date, steps, window }: RunFacts): string => {
  const failed = runs.flatMap(({ name, failures }) => failures.map((failure) => `- ${name}: ${failure}`));
  return `# What a prompt cache can serve, and what a compaction costs

Written by \`npm run bench:cache\`; do not edit. ${date}. ${runs.map(({ name, version }) => `${name}: ${version}`).join(" · ")}.

A scripted model with a window of ${window} tokens (four bytes each) gives every program the same ${steps} shell commands with 1 to 2 KB of output, in one turn.
What is compared are the prompts in the order in which providers cache them, tools, instructions, input, and not the bodies as they are: there
the same parts stand in another order, beside settings that are no part of the prompt. The cache is the best there could be: it holds every prompt that was
answered and serves any beginning of it to the byte. Real ones serve whole blocks and forget. A request that is refused for its length counts in none of the figures but
the last. The means of compactions are over all of them.

${cacheTable(runs, steps)}

- *extend the request before*: requests between compactions that begin with the whole of the last one
- *question*: what asks for the summary · *next request*: the first after it; *anew*: what no earlier request began with
- *anew / 100 steps*: everything that no cache could serve, the commands and their results too; *for compactions*: questions and next requests
- *first words kept*: the user's first message is in the input after a compaction, word for word. The scripted summary does not repeat it.

${table(eachHead, runs.flatMap(eachRows))}

Configured were: fettle and codex \`model_context_window = ${window}\` and \`model_auto_compact_token_limit\` at four fifths of it. codex compacts by itself over a
provider of one's own; its question goes without the tools, which come first, so little is cached, and of the conversation only the user's messages stay: less is anew then,
but the model has the last commands no more. fettle and pi keep those. pi: \`contextWindow\`, \`reserveTokens\` a fifth, \`keepRecentTokens\` 15 %, as fettle keeps; it looks at its limit
only between turns, so in one long turn it compacts when a request is refused, at the whole window, and ran as \`pi --mode rpc\`: \`pi -p\` does not wait for that and may end before
the work is done. Its question is the conversation told anew as one text.

${failed.length === 0 ? "Every program did all steps, and each result had what its command prints." : `Not as it must be:\n\n${failed.join("\n")}`}
`;
};
