import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/*
 * @stryker-mutator/instrumenter hands Babel the paths of presets and plugins that it finds with `require.resolve`,
 * reads a JSON file beside its code, and loads Svelte's compiler if there is one. None of this works in a bundle: the
 * presets are given as modules instead (Babel takes both), the JSON is put in, and Svelte, which we never parse, stays
 * out.
 */

const resolvedByPath = /require\.resolve\((['"])([^'"]+)\1\)/g;

const readJson = /JSON\.parse\(readFileSync\(new URL\('([^']+)', import\.meta\.url\), 'utf-8'\)\)/;

export const instrumenterPlugin: Plugin = {
  name: "instrumenter",
  setup(build) {
    build.onResolve({ filter: /^svelte\/compiler$/ }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /instrumenter[\\/]dist[\\/]src[\\/]parsers[\\/]ts-parser\.js$/ }, ({ path }) => {
      const imports: string[] = [];
      const contents = readFileSync(path, "utf8").replace(resolvedByPath, (_match, _quote, specifier: string) => {
        const name = `bundled${imports.length}`;
        imports.push(`import ${name} from ${JSON.stringify(specifier)};`);
        return name;
      });
      if (imports.length === 0) throw new Error(`${path} resolves nothing by path any more: this plugin is obsolete`);
      return { contents: `${imports.join("\n")}\n${contents}`, loader: "js" };
    });
    build.onLoad({ filter: /api[\\/]dist[\\/]src[\\/]core[\\/]stryker-options-schema\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = source.replace(readJson, (_match, file: string) => readFileSync(join(path, "..", file), "utf8"));
      if (contents === source) throw new Error(`${path} reads no JSON file any more: this plugin is obsolete`);
      return { contents, loader: "js" };
    });
  },
};
