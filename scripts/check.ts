import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

/*
 * npm run check: everything that can be said of the code without running it, side by side, in seconds. Prints only
 * what failed and one line with the times. `--format` rewrites the files instead as the formatter wants them.
 */

const root = resolve(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

type Check = { name: string; argv: readonly string[] };
type Outcome = { name: string; ok: boolean; output: string; seconds: number };

const checks: readonly Check[] = [
  { name: "types", argv: [bin("tsc"), "-p", ".", "--pretty", "false"] },
  {
    name: "lint",
    argv: [bin("biome"), "check", "--max-diagnostics=100", "--diagnostic-level=warn", "--error-on-warnings", "."],
  },
  { name: "dead code", argv: [process.execPath, bin("knip"), "--no-progress", "--no-config-hints"] },
  { name: "layers", argv: [process.execPath, join(root, "scripts/check-layers.ts")] },
];

const runCheck = ({ name, argv }: Check): Promise<Outcome> =>
  new Promise((done) => {
    const [command = "", ...args] = argv;
    const startedAt = performance.now();
    const chunks: Buffer[] = [];
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const settle = (ok: boolean, note = ""): void =>
      done({
        name,
        ok,
        output: `${Buffer.concat(chunks)}${note}`.trim(),
        seconds: (performance.now() - startedAt) / 1000,
      });
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => settle(false, String(error)));
    child.on("close", (code, signal) => settle(code === 0, signal === null ? "" : `ended by ${signal}`));
  });

const format = async (): Promise<void> => {
  const outcome = await runCheck({ name: "format", argv: [bin("biome"), "check", "--write", "."] });
  console.log(outcome.output);
  process.exitCode = outcome.ok ? 0 : 1;
};

const checkAll = async (): Promise<void> => {
  const startedAt = performance.now();
  const outcomes = await Promise.all(checks.map(runCheck));
  for (const { name, output } of outcomes.filter((outcome) => !outcome.ok)) {
    console.log(`── ${name} ──\n${output === "" ? "failed without a word" : output}\n`);
  }
  const parts = outcomes.map(({ name, ok, seconds }) => `${ok ? "✔" : "✖"} ${name} ${seconds.toFixed(1)} s`);
  console.log(`${parts.join("  ")}  (${((performance.now() - startedAt) / 1000).toFixed(1)} s in all)`);
  process.exitCode = outcomes.every((outcome) => outcome.ok) ? 0 : 1;
};

await (process.argv.includes("--format") ? format() : checkAll());
