import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, type Metafile } from "esbuild";

/*
 * The bundler cuts code that several lazy parts share into dozens of small files, and each costs the module loader most
 * of a millisecond. What `fettle exec` loads at its start is therefore joined into one file afterwards; in the place of
 * each joined file stays one that passes its exports on, for the lazy parts.
 */

type Outputs = Metafile["outputs"];

const outputOf = (outputs: Outputs, entry: string): string => {
  const found = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entry);
  if (found === undefined) throw new Error(`the bundle has no file for ${entry}`);
  return found;
};

/** A file with all that it imports, and that imports, at once. */
const loadedWith = (outputs: Outputs, from: string): Set<string> => {
  const files = new Set<string>();
  const open = [from];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? [])
      if (kind === "import-statement" && external !== true) open.push(imported);
  }
  return files;
};

/** Joins in `lib` what is loaded with the module `start` and with none of `apart`, which start without it. */
export const joinStart = async (
  { outputs }: Metafile,
  lib: string,
  { start, apart }: { readonly start: string; readonly apart: readonly string[] },
): Promise<void> => {
  const others = new Set(apart.flatMap((entry) => [...loadedWith(outputs, outputOf(outputs, entry))]));
  const paths = [...loadedWith(outputs, outputOf(outputs, start))].filter((path) => !others.has(path));
  const names = new Set(paths.map((path) => basename(path)));
  const files = paths.map((path, at) => ({
    name: basename(path),
    exports: (outputs[path]?.exports ?? []).map((name) => ({ name, joined: `from${at}_${name}` })),
  }));
  const contents = files.map(({ name, exports }) => {
    const list = exports.map(({ name: one, joined }) => `${one} as ${joined}`);
    return `export { ${list.join(", ")} } from "./${name}";`;
  });
  await build({
    stdin: { contents: contents.join("\n"), resolveDir: lib, loader: "js" },
    outfile: join(lib, "start.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
    plugins: [
      {
        name: "files-beside",
        setup({ onResolve }) {
          onResolve({ filter: /\.mjs$/ }, ({ path, kind }) =>
            kind === "dynamic-import" || !names.has(basename(path)) ? { path, external: true } : undefined,
          );
        },
      },
    ],
  });
  for (const { name, exports } of files) {
    const list = exports.map(({ name: one, joined }) => `${joined} as ${one}`);
    writeFileSync(join(lib, name), `export{${list.join(",")}}from"./start.mjs";\n`);
  }
};
