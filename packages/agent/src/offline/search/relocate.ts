import path from "node:path";

/** Replaces folders' paths in a text by another, where one stands as a whole path or the beginning of one. */
export function relocate(text: string, from: readonly string[], to: string): string {
  const folders = from.filter((folder) => folder !== path.sep).map(escapeForPattern);
  if (folders.length === 0) return text;
  const pattern = new RegExp(`(?<![\\w.-])(?:${folders.join("|")})(?![\\w.-])`, "g");
  return text.replaceAll(pattern, () => to);
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/**
 * The environment for code that is to work in `to` instead of `from`: variables that name places in there name those in
 * `to`, and what a package manager told of the folder it was started in is left out.
 */
export function relocatedEnvironment(env: NodeJS.ProcessEnv, from: readonly string[], to: string): NodeJS.ProcessEnv {
  const moved: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(env)) {
    if (/^(INIT_CWD|OLDPWD|npm_(package|lifecycle|config_local)_\w+)$/.test(name) || value === undefined) continue;
    moved[name] = /^(PATH|TMPDIR|TMP|TEMP)$/.test(name) ? value : relocate(value, from, to);
  }
  return { ...moved, PWD: to };
}
