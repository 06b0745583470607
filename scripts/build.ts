import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import { builtinsPlugin } from "./build/builtins-plugin.ts";
import { instrumenterPlugin } from "./build/instrumenter-plugin.ts";
import { joinStart } from "./build/join-start.ts";
import { launcherSource } from "./build/launcher.ts";
import { collectLicences } from "./build/licences.ts";
import { buildSdk } from "./build/sdk.ts";
import { zodPlugin } from "./build/zod-plugin.ts";

/*
 * npm run build [-- --out FOLDER]: makes the two packages that are published. dist/ is the program: it has no dependencies
 * and no install script; lib/main.mjs is the command line, lib/start.mjs what it runs threads with, lib/offline-search.mjs
 * the search program, and code they share or import lazily lies in chunks beside them. dist/sdk/ is the SDK for programs;
 * --program-only leaves it out.
 */

const root = resolve(import.meta.dirname, "..");
const minimumNode: readonly [number, number] = [22, 22];

/** Packages written as CommonJS call `require`, which a module does not have. */
const requireShim = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
].join("\n");

const bundle = async (out: string, version: string): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      main: join(root, "packages/cli/src/main.ts"),
      "offline-search": join(root, "packages/agent/src/offline/search/main.ts"),
    },
    outdir: join(out, "lib"),
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    bundle: true,
    // Twice the size of the program, for those who want a browser: they install it beside.
    external: ["playwright-core"],
    splitting: true,
    format: "esm",
    platform: "node",
    target: `node${minimumNode.join(".")}`,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    define: { FETTLE_BUNDLED_VERSION: JSON.stringify(version) },
    banner: { js: requireShim },
    plugins: [builtinsPlugin, instrumenterPlugin, zodPlugin],
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
};

/** What goes along as it is: the README, and all that it points to. */
const texts = ["LICENSE", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"];

const manifest = (version: string, description: string): Record<string, unknown> => ({
  name: "fettle",
  version,
  description,
  license: "Apache-2.0",
  type: "module",
  bin: { fettle: "bin/fettle.mjs" },
  engines: { node: `>=${minimumNode.join(".")}` },
  files: ["bin", "lib", "THIRD-PARTY.txt", ...texts],
});

const sizeOf = (metafile: Metafile): number =>
  Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);

const { values } = parseArgs({
  options: { out: { type: "string", default: join(root, "dist") }, "program-only": { type: "boolean" } },
});
const out = resolve(values.out);
const { version, description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
  description: string;
};

/** An earlier result of this script is replaced; any other content is left alone. */
const clear = (folder: string): void => {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  const manifestPath = join(folder, "package.json");
  const owner = existsSync(manifestPath) ? (JSON.parse(readFileSync(manifestPath, "utf8")) as { name?: string }) : {};
  if (owner.name !== "fettle") throw new Error(`${folder} holds something else: empty it, or build elsewhere`);
  rmSync(folder, { recursive: true });
};

clear(out);
mkdirSync(join(out, "bin"), { recursive: true });
writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest(version, description), null, 2)}\n`);
const metafile = await bundle(out, version);
await joinStart(metafile, join(out, "lib"), {
  start: "packages/cli/src/commands/exec.ts",
  apart: ["packages/cli/src/main.ts", "packages/cli/src/tui/app/main.ts", "packages/agent/src/offline/search/main.ts"],
});
const help = execFileSync(process.execPath, [join(root, "packages/cli/src/main.ts"), "--help"], { encoding: "utf8" });
writeFileSync(join(out, "bin/fettle.mjs"), launcherSource(version, help, minimumNode), { mode: 0o755 });
writeFileSync(join(out, "THIRD-PARTY.txt"), collectLicences(root, Object.keys(metafile.inputs)));
for (const file of texts) cpSync(join(root, file), join(out, file), { recursive: true });
if (values["program-only"] !== true) await buildSdk(root, join(out, "sdk"), version);

console.log(`${out}: fettle ${version}, ${(sizeOf(metafile) / 1e6).toFixed(2)} MB of code`);
