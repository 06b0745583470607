import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openWorkspace, type Policy, type Workspace } from "@fettle/workspace";

/*
 * npm run bench:sandbox [-- --runs N --files N]: what confining a command costs, against a plain spawn of the same
 * shell. All kinds run once in each round, so that a busy machine slows all alike; medians, and medians of differences.
 */

const { values } = parseArgs({
  options: { runs: { type: "string", default: "100" }, files: { type: "string", default: "5000" } },
});

const top = realpathSync(mkdtempSync(join(tmpdir(), "sandbox-cost-")));

const git = (cwd: string, ...args: string[]): void => {
  execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.org", ...args], { cwd });
};

/** A repository of `files` small files, fifty a folder. */
const makeRepository = (name: string, files: number): string => {
  const root = join(top, name);
  mkdirSync(root);
  for (let index = 0; index < files; index += 1) {
    const folder = join(root, `d${Math.floor(index / 50)}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${index}.txt`), `${index}\n`);
  }
  git(root, "init", "-q");
  git(root, "add", "-A");
  git(root, "commit", "-qm", "all");
  return root;
};

const plain: Policy = {
  mode: "workspace-write",
  writableRoots: [],
  readableRoots: [],
  network: { kind: "none" },
  hiddenPaths: [],
  secrets: [],
};
const joined: Policy = { ...plain, network: { kind: "domains", allow: ["example.org"], deny: [], methods: "all" } };

const spawned = (cwd: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("/bin/bash", ["-c", "true"], { cwd, stdio: ["ignore", "pipe", "ignore"] });
    child.on("error", reject);
    child.on("close", () => resolve());
  });

const confined = async (workspace: Workspace, policy: Policy, readOnly: boolean): Promise<void> => {
  const started = await workspace.start({ script: "true", cwd: workspace.root, policy, readOnly });
  if (!started.ok) throw new Error(started.message);
  const { code } = await started.command.exited;
  if (code !== 0) throw new Error(`exit ${code}`);
};

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const measure = async (name: string, files: number, runs: number): Promise<void> => {
  const workspace = await openWorkspace({
    root: makeRepository(name, files),
    stateDir: join(top, "state"),
    threadId: name,
  });
  const kinds: Readonly<Record<string, () => Promise<void>>> = {
    "plain spawn": () => spawned(workspace.root),
    "reads only": () => confined(workspace, plain, true),
    "may write": () => confined(workspace, plain, false),
    "may write, allowed hosts": () => confined(workspace, joined, false),
  };
  const times = new Map<string, number[]>(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = -2; round < runs; round += 1) {
    for (const [kind, run] of Object.entries(kinds)) {
      const start = performance.now();
      await run();
      // The first rounds make the network and look through the tree.
      if (round >= 0) times.get(kind)?.push(performance.now() - start);
    }
  }
  await workspace.close();
  const of = (kind: string): readonly number[] => times.get(kind) ?? [];
  const more = (kind: string, than: string): string =>
    median(of(kind).map((time, index) => time - (of(than)[index] ?? Number.NaN))).toFixed(1);
  console.log(`\n${files} files, ${runs} rounds: median ms, over a plain spawn`);
  for (const kind of times.keys())
    console.log(
      `  ${kind.padEnd(26)} ${median(of(kind)).toFixed(1).padStart(6)}  ${more(kind, "plain spawn").padStart(6)}`,
    );
  console.log(`  allowed hosts over none: ${more("may write, allowed hosts", "may write")} ms`);
};

try {
  await measure("small", 50, Number(values.runs));
  await measure("large", Number(values.files), Number(values.runs));
} finally {
  rmSync(top, { recursive: true, force: true });
}
