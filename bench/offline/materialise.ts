import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { type BugCase, readCase, testSource } from "./case.ts";

const run = promisify(execFile);

export type MaterialiseOptions = {
  /** Default `buggy`. */
  readonly version?: "buggy" | "fixed";
  /** Where tarballs are kept between runs. Default: a folder under the system's temporary folder. */
  readonly cache?: string;
  /** One line per step, for a person who waits. */
  readonly onStep?: (line: string) => void;
};

/** npm waits for minutes by itself when there is no network. */
const impatient = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"];

/** The registry did not give the package. Anything else that goes wrong is an ordinary error. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

const hasIntegrity = (path: string, integrity: string): boolean =>
  `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}` === integrity;

/**
 * Downloads one release's tarball into `cache`, once, and returns its path. Throws `DownloadError` when the registry
 * cannot be reached or gives other bytes than the pinned ones.
 */
const fetchTarball = async (name: string, release: BugCase["buggy"], cache: string): Promise<string> => {
  const kept = join(cache, `${name.replaceAll("/", "-")}-${release.version}.tgz`);
  if (existsSync(kept) && hasIntegrity(kept, release.integrity)) return kept;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "download-"));
  const drop = (): void => rmSync(folder, { recursive: true, force: true });
  process.on("exit", drop);
  try {
    const spec = `${name}@${release.version}`;
    await run("npm", ["pack", spec, "--silent", ...impatient, "--pack-destination", folder], {
      cwd: folder,
      timeout: 60_000,
    }).catch((error: unknown) => {
      throw new DownloadError(`${spec} could not be fetched with npm pack`, { cause: error });
    });
    const file = readdirSync(folder).find((entry) => entry.endsWith(".tgz"));
    if (file === undefined) throw new DownloadError(`npm pack ${spec} gave no tarball`);
    const path = join(folder, file);
    if (!hasIntegrity(path, release.integrity)) throw new DownloadError(`${spec} is not the pinned tarball`);
    renameSync(path, kept);
    return kept;
  } finally {
    process.off("exit", drop);
    drop();
  }
};

const manifest = z.record(z.string(), z.unknown());
/** Published tests belong to other tools and other dependencies; ours take their place. */
const publishedTests =
  /^(?:tests?|__tests__|specs?|bench(?:mark)?s?|(?:test|spec|.*[.-](?:test|spec))\.[cm]?[jt]s|package-lock\.json|npm-shrinkwrap\.json|\.npmrc|\.git)$/;

const writeManifest = (found: BugCase, target: string): void => {
  const path = join(target, "package.json");
  const {
    devDependencies: _d,
    optionalDependencies: _o,
    ...kept
  } = manifest.parse(JSON.parse(readFileSync(path, "utf8")));
  const published = Object.fromEntries(
    Object.entries(kept).filter(([key]) => !key.startsWith("_") && key !== "gitHead"),
  );
  const next: Record<string, unknown> = { ...published, scripts: { test: found.testCommand } };
  if (Object.keys(found.dependencies).length > 0) next.dependencies = found.dependencies;
  else delete next.dependencies;
  writeFileSync(path, `${JSON.stringify(next, null, 2)}\n`);
};

const quietGit = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "fettle",
  GIT_AUTHOR_EMAIL: "fettle@localhost",
  GIT_COMMITTER_NAME: "fettle",
  GIT_COMMITTER_EMAIL: "fettle@localhost",
  GIT_AUTHOR_DATE: "2020-01-01T00:00:00Z",
  GIT_COMMITTER_DATE: "2020-01-01T00:00:00Z",
};

const commitAll = async (target: string, message: string): Promise<void> => {
  const env = { ...process.env, ...quietGit };
  const git = (...args: string[]) => run("git", ["-c", "core.autocrlf=false", ...args], { cwd: target, env });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all", "--force", "--", ".", ":!node_modules");
  await git("commit", "--quiet", "--no-gpg-sign", "-m", message);
};

/**
 * Makes the case's repository in `target` (created, must be empty): the published source, our visible test, a
 * `package.json` whose `npm test` runs it, dependencies at exact versions, one commit. Needs `npm`, `tar` and `git`.
 * Throws `DownloadError` when the package cannot be had.
 */
export const materialise = async (id: string, target: string, options: MaterialiseOptions = {}): Promise<BugCase> => {
  const found = readCase(id);
  const which = options.version ?? "buggy";
  const cache = options.cache ?? join(tmpdir(), "fettle-offline-corpus");
  mkdirSync(target, { recursive: true });
  if (readdirSync(target).length > 0) throw new Error(`${target} is not empty`);
  options.onStep?.(`fetching ${found.package}@${found[which].version}`);
  const tarball = await fetchTarball(found.package, found[which], cache);
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1", "--no-same-owner"]);
  for (const entry of readdirSync(target)) {
    if (publishedTests.test(entry)) rmSync(join(target, entry), { recursive: true });
  }
  writeManifest(found, target);
  const test = join(target, found.testFile);
  mkdirSync(dirname(test), { recursive: true });
  cpSync(testSource(id, "visible"), test);
  writeFileSync(join(target, ".gitignore"), "node_modules\n");
  const needed = Object.keys(found.dependencies);
  if (needed.length > 0) {
    options.onStep?.(`installing ${needed.join(", ")}`);
    const flags = [
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--no-package-lock",
      "--loglevel=error",
      ...impatient,
    ];
    await run("npm", ["install", ...flags], { cwd: target, timeout: 120_000 }).catch((error: unknown) => {
      throw new DownloadError(`the dependencies of ${found.package} could not be installed`, { cause: error });
    });
  }
  options.onStep?.("committing it to a git repository");
  await commitAll(target, `${found.package} ${found[which].version}`);
  return found;
};

/** Adds the held-out test to a materialised repository and returns its path inside it. */
export const addHiddenTest = (found: BugCase, target: string): string => {
  const path = join(dirname(found.testFile), `hidden.test${found.testFile.slice(found.testFile.lastIndexOf("."))}`);
  cpSync(testSource(found.id, "hidden"), join(target, path));
  return path;
};

const main = async (args: string[]): Promise<number> => {
  const [id, target, version = "buggy"] = args;
  if (id === undefined || target === undefined || (version !== "buggy" && version !== "fixed")) {
    console.error("usage: node bench/offline/materialise.ts CASE FOLDER [buggy|fixed]");
    return 2;
  }
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => process.exit(130));
  try {
    await materialise(id, target, { version, onStep: console.log });
    return 0;
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    console.error(`${error.message}: is the npm registry reachable from here?`);
    return 1;
  }
};

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
