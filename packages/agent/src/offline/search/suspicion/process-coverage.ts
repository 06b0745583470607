import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandRun, runCommand } from "../command/run.ts";

/**
 * Runs a command with V8's coverage on for every Node process it starts, and tells which files below `root` ran. For
 * programs that are not Node the set is empty.
 */
export async function scriptsRunBy(
  command: string,
  root: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ run: CommandRun; covered: ReadonlySet<string> }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fettle-coverage-"));
  try {
    const run = await runCommand(command, root, timeoutMs, { NODE_V8_COVERAGE: folder }, signal);
    return { run, covered: readCovered(folder, root) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function readCovered(folder: string, root: string): ReadonlySet<string> {
  const files = new Set<string>();
  for (const name of fs.readdirSync(folder)) {
    const text = fs.readFileSync(path.join(folder, name), "utf8");
    for (const match of text.matchAll(/"url":"(file:[^"]+)"/g)) {
      const file = toPath(match[1] ?? "");
      if (file?.startsWith(root + path.sep) && !file.includes(`${path.sep}node_modules${path.sep}`)) files.add(file);
    }
  }
  return files;
}

function toPath(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
