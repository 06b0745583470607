import crypto from "node:crypto";
import fs from "node:fs";
import type { Plugin } from "esbuild";

/*
 * Two of Node's modules cost some milliseconds at every start when they are imported: node:crypto, which most runs need
 * late or never, and the facade of node:fs, which reads each export, also those that load streams, promises and readline.
 */

const lazyCalls = (): string =>
  Object.entries(crypto)
    .filter(([name, value]) => typeof value === "function" && /^[a-z]\w*$/.test(name))
    .map(([name]) => `export const ${name} = (...args) => process.getBuiltinModule("node:crypto").${name}(...args);`)
    .join("\n");

/** What is an accessor there is loaded on its first use. */
const plainExports = (): string => {
  const names = Object.entries(Object.getOwnPropertyDescriptors(fs))
    .filter(([name, { get }]) => get === undefined && /^\w+$/.test(name) && name !== "default")
    .map(([name]) => name);
  return `const fs = process.getBuiltinModule("node:fs");\nexport const { ${names.join(", ")} } = fs;\nexport default fs;`;
};

const contents: Readonly<Record<string, () => string>> = { "node:crypto": lazyCalls, "node:fs": plainExports };

export const builtinsPlugin: Plugin = {
  name: "builtins",
  setup(build) {
    build.onResolve({ filter: /^node:(?:crypto|fs)$/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "builtins" } : null,
    );
    build.onLoad({ filter: /.*/, namespace: "builtins" }, ({ path }) => ({ contents: contents[path]?.() ?? "" }));
  },
};
