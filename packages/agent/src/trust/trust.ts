import { unifiedDiff } from "@fettle/workspace";
import { onOneLine } from "../instruction-files/notices.ts";
import {
  hookPrograms,
  isOwnHome,
  type ProjectFile,
  projectFiles,
  type ReadFile,
  readProjectFile,
} from "./project-files.ts";
import { isSkillPath, skillFile, toolSkillFiles } from "./skill-files.ts";
import { allStores, type ReadStore, readStore, removeStore, type Stored, sha256, writeStore } from "./store.ts";

/*
 * Files of a repository count only as far as a person has seen them: trust holds for exact content, and ends with the
 * first changed byte, whether a pull, a branch or a command changed it.
 */

export type FileTrust = ProjectFile & {
  readonly state: "trusted" | "untrusted" | "changed" | "absent";
  /** The very text that was compared; null when the file is absent or refused. */
  readonly text: string | null;
  /** What changed since it was trusted. */
  readonly diff: string | null;
  /** Why it cannot be trusted as it is. */
  readonly refused: string | null;
};

export type RepositoryTrust = {
  readonly root: string;
  readonly files: readonly FileTrust[];
  /** Why what was trusted before does not count, in a line. */
  readonly problem: string | null;
};

export type Repository = {
  /** FETTLE_HOME. */
  readonly home: string;
  /** The repository's root, a real path. */
  readonly root: string;
};

const mode = 0o100644;

const compare = (file: ProjectFile, read: ReadFile, store: ReadStore): FileTrust => {
  const none = { text: null, diff: null, refused: null };
  if (read.kind === "absent") return { ...file, ...none, state: "absent" };
  if (read.kind === "refused") return { ...file, ...none, state: "untrusted", refused: read.why };
  const known = store.ok ? store.stored?.files[file.path] : undefined;
  const seen = { text: read.text, refused: null };
  if (known === undefined) return { ...file, ...seen, state: "untrusted", diff: null };
  if (known.sha256 === sha256(read.bytes)) return { ...file, ...seen, state: "trusted", diff: null };
  const diff = unifiedDiff({ path: file.path, mode, text: known.content }, { path: file.path, mode, text: read.text });
  return { ...file, ...seen, state: "changed", diff };
};

const trustOfFiles = ({ home, root }: Repository, files: readonly ProjectFile[]): RepositoryTrust => {
  const own = isOwnHome(home, root);
  const read = files.map((file) => ({
    file,
    read: own ? { kind: "absent" as const } : readProjectFile(root, file.path),
  }));
  // Most repositories have none of these files, and then nothing else is looked at.
  const present = read.some((entry) => entry.read.kind === "text");
  const store: ReadStore = present ? readStore(home, root) : { ok: true, stored: null };
  return {
    root,
    files: read.map((entry) => compare(entry.file, entry.read, store)),
    problem: store.ok ? null : store.message,
  };
};

/** How far each file that needs trust has it. Reads each once. */
export const trustOf = (repository: Repository): RepositoryTrust =>
  trustOfFiles(repository, [
    ...projectFiles.filter(({ effective }) => effective),
    ...hookPrograms(repository.root),
    ...toolSkillFiles(repository.root),
  ]);

/** Why the repository's hooks do not count although its configuration does: a program of theirs that nobody trusted. */
export const hooksNote = (repository: Repository): string | null => {
  const { files, problem } = trustOfFiles(repository, hookPrograms(repository.root));
  const notes = files.map((file) => trustNote({ ...file, problem }, "it, and with it every hook of this repository,"));
  return notes.find((note) => note !== null) ?? null;
};

/** The same for one file, by its path in the table, or that of a skill. */
export const trustOfFile = (repository: Repository, path: string): FileTrust & { readonly problem: string | null } => {
  const wanted = isSkillPath(path) ? [skillFile(path)] : projectFiles.filter((file) => file.path === path);
  const { files, problem } = trustOfFiles(repository, wanted);
  const [file] = files;
  if (file === undefined) throw new Error(`${path} is not in the table of project files`);
  return { ...file, problem };
};

/**
 * Trusts what `files` hold, which must be what the person was shown, and nothing else of the repository. Throws
 * `ThreadStorageError` when it cannot be stored.
 */
export const trust = ({ home, root }: Repository, files: readonly FileTrust[]): void => {
  const trusted_at = new Date().toISOString();
  const entries = files.flatMap(({ path, text }) =>
    text === null ? [] : [[path, { sha256: sha256(text), trusted_at, content: text }] as const],
  );
  writeStore(home, { version: 1, root, files: Object.fromEntries(entries) });
};

/** Takes all trust in a repository back. False when there was none. */
export const untrust = ({ home, root }: Repository): boolean => removeStore(home, root);

/** Every repository in which something was trusted; entries that cannot be used are messages. */
export const trustedRepositories = (home: string): { known: readonly Stored[]; problems: readonly string[] } => {
  const all = allStores(home);
  return {
    known: all.flatMap((entry) => (entry.ok && entry.stored !== null ? [entry.stored] : [])),
    problems: all.flatMap((entry) => (entry.ok ? [] : [entry.message])),
  };
};

/** One line on a file that is there and does not count, with the remedy; null otherwise. `what` of it does not count. */
export const trustNote = (file: FileTrust & { readonly problem: string | null }, what: string): string | null => {
  if (file.state === "trusted" || file.state === "absent") return null;
  const path = onOneLine(file.path);
  if (file.refused !== null) return `${path}: ${what} does not count, because ${onOneLine(file.refused)}`;
  if (file.problem !== null) return `${path}: ${what} does not count: ${file.problem}`;
  const why = file.state === "changed" ? "it changed since it was trusted" : "nobody trusted it yet";
  return `${path}: ${what} does not count, because ${why}; see: fettle trust`;
};
