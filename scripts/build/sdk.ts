import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/*
 * The package @fettle/sdk as it is published: one file of code, and types. zod stays outside, because programs give
 * schemas of their own copy of it.
 */

/** Types of the protocol lie beside the SDK's: the package of that name is not published. */
const protocolTypes = "../../protocol/src/index.js";

const manifest = (root: string, version: string): Record<string, unknown> => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "packages/sdk/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return {
    name: "@fettle/sdk",
    version,
    description: "Drives fettle, a software-engineering teammate, from a program",
    license: "Apache-2.0",
    type: "module",
    exports: { ".": { types: "./types/sdk/src/index.d.ts", import: "./index.js" } },
    engines: { node: ">=20" },
    files: ["index.js", "types"],
    dependencies: { zod: `^${dependencies.zod}` },
  };
};

const writeTypes = (root: string, out: string): void => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const project = join(root, "scripts/build/sdk.tsconfig.json");
  execFileSync(process.execPath, [tsc, "-p", project, "--outDir", out], { cwd: root, stdio: "inherit" });
  for (const file of globSync("*/src/*.d.ts", { cwd: out })) {
    const path = join(out, file);
    const text = readFileSync(path, "utf8").replaceAll('"@fettle/protocol"', JSON.stringify(protocolTypes));
    // Beside a declaration there is no .ts file; a .js one is what its types are looked up by.
    writeFileSync(path, text.replace(/(["']\.\/[\w-]+)\.ts(["'])/g, "$1.js$2"));
  }
};

/** Writes the package into a folder that does not exist yet. */
export const buildSdk = async (root: string, out: string, version: string): Promise<void> => {
  mkdirSync(out);
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, "packages/sdk/src/index.ts")],
    outfile: join(out, "index.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["zod", "zod/*"],
    logLevel: "warning",
  });
  writeTypes(root, join(out, "types"));
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest(root, version), null, 2)}\n`);
  // The other pages are not in the package.
  const text = readFileSync(join(root, "docs/sdk.md"), "utf8").replace(/\[([^\]]+)\]\((?!https?:)[^)]+\)/g, "$1");
  writeFileSync(join(out, "README.md"), text);
  cpSync(join(root, "LICENSE"), join(out, "LICENSE"));
};
