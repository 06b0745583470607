const words: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  ELOOP: "too many symlinks, or a folder was replaced by a symlink meanwhile",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many open files",
};

/** The code of a system error (`ENOENT`, …), or undefined for any other value. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** What a system error means, in words for a person or a model. */
export const describeSystemError = (error: unknown): string => {
  const code = errorCode(error);
  if (code !== undefined) return words[code] ?? code;
  return error instanceof Error ? error.message : String(error);
};
