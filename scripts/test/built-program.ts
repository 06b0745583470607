import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * Tests of the whole program start it hundreds of times. They take the bundle, as users do: it starts in a seventh of the
 * time that the source takes.
 */

/** Builds the program into a folder of its own; `path` is a command that runs it with this very Node.js. */
export const buildProgram = (root: string): { path: string; remove(): void } => {
  const folder = join(root, "node_modules/.cache", `fettle-test-${process.pid}`);
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
