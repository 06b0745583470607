import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Tests of the whole program start it hundreds of times. They take the bundle, as users do: it starts in a seventh of the
 * time that the source takes.
 */

const prefix = "fettle-test-";

/** What a run left that was killed. */
const sweep = (cache: string): void => {
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const left = name.startsWith(prefix) && !existsSync(`/proc/${name.slice(prefix.length)}`);
    if (left) rmSync(join(cache, name), { recursive: true, force: true });
  }
};

/** Builds the program into a folder of its own; `path` is a command that runs it with this very Node.js. */
export const buildProgram = (root: string): { path: string; remove(): void } => {
  const cache = join(root, "node_modules/.cache");
  const folder = join(cache, `${prefix}${process.pid}`);
  if (process.platform === "linux") sweep(cache);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  remove();
  mkdirSync(folder, { recursive: true });
  const out = join(folder, "package");
  execFileSync(process.execPath, [join(root, "scripts/build.ts"), "--out", out], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const path = join(folder, "fettle");
  const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const lines = [
    "#!/bin/sh",
    `export NODE_COMPILE_CACHE=${quoted(join(folder, "compiled"))}`,
    `exec ${quoted(process.execPath)} ${quoted(join(out, "bin/fettle.mjs"))} "$@"`,
  ];
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o755 });
  return { path, remove };
};
