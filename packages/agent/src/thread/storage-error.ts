/** The disk refused something a thread needs. The message is one line: what, where, why, and what to do. */
export class ThreadStorageError extends Error {
  override readonly name = "ThreadStorageError";
}

type Reason = { readonly why: string; readonly remedy: string };

const reasons: Readonly<Record<string, Reason>> = {
  EACCES: { why: "permission denied", remedy: "make it writable for you" },
  EPERM: { why: "not permitted", remedy: "make it writable for you" },
  EROFS: { why: "the file system is read-only", remedy: "mount it writable" },
  ENOTDIR: { why: "a file is where a folder must be", remedy: "move that file away" },
  EEXIST: { why: "a file is where a folder must be", remedy: "move that file away" },
  ENOSPC: { why: "no space left on the device", remedy: "free some space" },
  EDQUOT: { why: "the disk quota is used up", remedy: "free some space" },
  EFBIG: { why: "the file size limit is reached", remedy: "raise the limit (ulimit -f)" },
  EIO: { why: "input/output error", remedy: "check the disk" },
};

export const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Puts an error of the file system in words. `action` completes "Could not …" and names the path. */
export const storageError = (action: string, error: unknown): ThreadStorageError => {
  const code = errorCode(error);
  const known = reasons[code];
  const why = known === undefined ? (error instanceof Error ? error.message : String(error)) : `${known.why} (${code})`;
  const remedy = `${known?.remedy ?? "check the disk"}, or set FETTLE_HOME to another folder`;
  return new ThreadStorageError(`Could not ${action}: ${why}; ${remedy}`, { cause: error });
};
