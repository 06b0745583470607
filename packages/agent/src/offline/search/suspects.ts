import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { programPath } from "@fettle/workspace";
import { isRepairable } from "./paths.ts";
import { readSuspect, type Suspect } from "./ranking.ts";
import type { RunResult, TestOutcome } from "./runner/messages.ts";
import { type Frame, framesOf } from "./suspicion/evidence.ts";
import { suspicionOf } from "./suspicion/spectra.ts";

/** Which files may be changed. */
type Allowed = {
  readonly root: string;
  /** The patterns the caller gave; all files when empty. */
  readonly patterns: readonly string[];
  /** Absolute files that the test command names: they are the test, whatever they are called. */
  readonly tests: ReadonlySet<string>;
};

function mayChange({ root, patterns, tests }: Allowed, file: string): boolean {
  const relative = path.relative(root, file);
  if (relative.startsWith("..") || !isRepairable(relative) || tests.has(file)) return false;
  return patterns.length === 0 || patterns.some((pattern) => path.matchesGlob(relative, pattern.replace(/^\.\//, "")));
}

/** Suspects from coverage: every project file that a failing test ran through. */
export function coveredSuspects(allowed: Allowed, measured: RunResult, failing: readonly TestOutcome[]): Suspect[] {
  const suspicion = suspicionOf(measured);
  const frames = failing.flatMap((outcome) => framesOf(outcome.error?.stack ?? ""));
  const suspects: Suspect[] = [];
  for (const file of new Set([...(measured.modules ?? []), ...suspicion.keys()])) {
    if (!mayChange(allowed, file)) continue;
    const text = readSuspect(allowed.root, file);
    if (text === undefined) continue;
    const coverage = suspicion.get(file) ?? { starts: [0], scores: [0] };
    suspects.push({ file, text, coverage, loaded: measured.loaded?.[file] ?? [], frames: frameWeights(frames, file) });
  }
  return suspects;
}

function frameWeights(frames: readonly Frame[], file: string): Map<number, number> {
  const weights = new Map<number, number>();
  const own = frames.filter((frame) => frame.file === file);
  own.forEach((frame, depth) => {
    weights.set(frame.line, Math.max(weights.get(frame.line) ?? 0, 1 / (1 + depth)));
  });
  return weights;
}

const SOURCE =
  /\.([mc]?[jt]sx?|py|rb|go|rs|java|kt|c|cc|cpp|h|hpp|cs|php|pl|pm|lua|sh|swift|scala|ex|exs|clj|hs|ml|jl|r|R|awk|sql|vim|el|dart)$/;
const MAX_FILES = 4000;
const MAX_SUSPECTS = 12;

/** Suspects without coverage: files that the output names, that tests are named after, that changed last. */
export function namedSuspects(
  allowed: Allowed,
  output: string,
  covered: ReadonlySet<string>,
  recent: ReadonlySet<string>,
): Suspect[] {
  const { root } = allowed;
  const frames = outputFrames(root, output);
  const scored: { file: string; score: number; text: string; size: number }[] = [];
  for (const file of sourceFiles(root)) {
    if (!mayChange(allowed, file)) continue;
    const relative = path.relative(root, file);
    const stem = path.basename(file).replace(/\.\w+$/, "");
    const framed = frames.some((frame) => frame.file === file) ? 1 : 0;
    const named = output.includes(relative) ? 0.4 : stem.length > 2 && output.includes(stem) ? 0.25 : 0;
    const changed = recent.has(relative) ? 0.2 : 0;
    const ran = covered.has(file) ? 0.6 : 0;
    const score = 0.1 + framed + named + changed + ran;
    const text = readSuspect(root, file);
    if (text !== undefined) scored.push({ file, score, text, size: text.length });
  }
  scored.sort((a, b) => b.score - a.score || a.size - b.size);
  const most = scored[0]?.score ?? 1;
  return scored.slice(0, MAX_SUSPECTS).map(({ file, score, text }) => ({
    file,
    text,
    coverage: score / most,
    loaded: [],
    frames: frameWeights(frames, file),
  }));
}

/** Places cited in the output of any language's runner, made absolute; the last ones of a trace are the deepest. */
function outputFrames(root: string, output: string): Frame[] {
  const frames: Frame[] = [...framesOf(output)];
  for (const match of output.matchAll(/File "([^"]+)", line (\d+)/g)) {
    frames.unshift({ file: path.resolve(root, match[1] ?? ""), line: Number(match[2]) });
  }
  for (const match of output.matchAll(/(?:^|[\s(])((?:\.\/)?[\w./-]+\.\w+):(\d+)/gm)) {
    frames.push({ file: path.resolve(root, match[1] ?? ""), line: Number(match[2]) });
  }
  return frames;
}

function sourceFiles(root: string): string[] {
  const exclude = (name: string) =>
    /(^|\/)(node_modules|\.[^/]+|dist|build|target|vendor|coverage|__pycache__)$/.test(name);
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      if (found.length >= MAX_FILES) return;
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!exclude(full.slice(root.length))) visit(full);
      } else if (entry.isFile() && SOURCE.test(entry.name)) found.push(full);
    }
  };
  visit(root);
  return found.sort();
}

/** Files of the last commits and of the working tree, relative to the root; none without git. Changes nothing. */
export function recentlyChanged(root: string): ReadonlySet<string> {
  const git = (...args: string[]) => {
    try {
      const safe = ["-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-C", root];
      return execFileSync(programPath("git"), [...safe, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        timeout: 2000,
        env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
      });
    } catch {
      return "";
    }
  };
  const names = ["-z", "--name-only", "--relative"];
  const committed = git("log", "-3", "--format=", ...names);
  return new Set(`${committed}\0${git("diff", ...names, "HEAD")}`.split(/[\0\n]/).filter((name) => name !== ""));
}
