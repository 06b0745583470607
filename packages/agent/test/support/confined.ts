/**
 * The argument list that runs `words` in bubblewrap, where only `folder` and a temporary folder of its own can be
 * written: for code that nobody has read, such as candidates of a search, whoever runs the tests. `options` are more
 * options of bubblewrap.
 */
export const confined = (
  folder: string,
  words: readonly string[],
  options: readonly string[] = [],
): [string, ...string[]] => [
  "bwrap",
  ...["--ro-bind", "/", "/", "--bind", folder, folder, "--proc", "/proc"],
  // Over /tmp the new folder would hide the repository where that lies in there.
  ...["--dev", "/dev", "--tmpfs", "/dev/shm", "--setenv", "TMPDIR", "/dev/shm"],
  ...["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--chdir", folder],
  ...options,
  "--",
  ...words,
];
