/*
 * Measures the offline engine on the corpus, one case at a time.
 * Usage: node bench/offline/run.ts [--search-only] [--fettle PATH] [--seconds N] [--seed N] [--out FILE] [--keep] [case…]
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { caseIds, readCase } from "./case.ts";
import { type EngineRun, runExec, runSearch } from "./engine.ts";
import { type Judgement, judge } from "./judge.ts";
import { materialise } from "./materialise.ts";
import { type Row, renderTable } from "./table.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const searchProgram = join(root, "packages/agent/src/offline/search/main.ts");

const options = {
  "search-only": { type: "boolean", default: false },
  fettle: { type: "string", default: join(root, "bin/fettle") },
  seconds: { type: "string", default: "20" },
  seed: { type: "string", default: "1" },
  out: { type: "string" },
  keep: { type: "boolean", default: false },
} as const;

type Settings = {
  readonly searchOnly: boolean;
  readonly fettle: string;
  readonly seconds: number;
  readonly seed: number;
  readonly keep: boolean;
};

const applyPatch = (fettle: string, repository: string, patch: string): Promise<unknown> =>
  run(fettle, ["apply-patch", patch], { cwd: repository });

const reset = async (repository: string): Promise<void> => {
  await run("git", ["reset", "--quiet", "--hard"], { cwd: repository });
  await run("git", ["clean", "--quiet", "-fd"], { cwd: repository });
};

type Judged = { readonly first: Judgement; readonly rightAlternative: number };

/** Judges what the search found: its first edit, and which of the others is right when the first is not. */
const judgePatches = async (
  settings: Settings,
  engine: EngineRun,
  judgeHere: () => Promise<Judgement>,
  repository: string,
): Promise<Judged> => {
  const [winner, ...alternatives] = engine.patches;
  if (winner === undefined) return { first: await judgeHere(), rightAlternative: 0 };
  await applyPatch(settings.fettle, repository, winner);
  const first = await judgeHere();
  if (first.verdict === "right") return { first, rightAlternative: 0 };
  for (const [index, patch] of alternatives.entries()) {
    await reset(repository);
    await applyPatch(settings.fettle, repository, patch);
    if ((await judgeHere()).verdict === "right") return { first, rightAlternative: index + 1 };
  }
  return { first, rightAlternative: 0 };
};

const measure = async (id: string, settings: Settings): Promise<Row> => {
  const scratch = mkdtempSync(join(tmpdir(), `fettle-run-${id}-`));
  try {
    const found = readCase(id);
    const repository = join(scratch, "repository");
    const fixed = join(scratch, "fixed");
    await materialise(id, repository);
    await materialise(id, fixed, { version: "fixed" });
    const logs = join(scratch, "log");
    mkdirSync(logs);
    const judgeHere = (): Promise<Judgement> => judge(found, repository, fixed);
    const engine = settings.searchOnly
      ? await runSearch(searchProgram, found, repository, logs, settings)
      : await runExec(settings.fettle, repository, logs);
    const { first, rightAlternative } = await judgePatches(settings, engine, judgeHere, repository);
    console.error(`${first.verdict.padEnd(16)} ${id} (${(engine.elapsedMs / 1000).toFixed(1)} s) ${engine.said}`);
    return { found, ...first, rightAlternative, elapsedMs: engine.elapsedMs };
  } finally {
    if (settings.keep) console.error(`kept ${scratch}`);
    else rmSync(scratch, { recursive: true, force: true });
  }
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const settings: Settings = {
    searchOnly: values["search-only"],
    fettle: resolve(values.fettle),
    seconds: Number(values.seconds),
    seed: Number(values.seed),
    keep: values.keep,
  };
  const rows: Row[] = [];
  for (const id of positionals.length > 0 ? positionals : caseIds()) rows.push(await measure(id, settings));
  const table = renderTable(rows);
  if (values.out === undefined) process.stdout.write(table);
  else writeFileSync(values.out, table);
};

await main();
