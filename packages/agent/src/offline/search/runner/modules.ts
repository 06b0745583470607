import fs from "node:fs";
import Module from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { isTestPath } from "../paths.ts";

/* The parts of Node's CommonJS loader that a test runner has always had to reach. */
type LoaderInternals = {
  _cache: Record<string, unknown>;
  _load(request: string, parent: { filename?: string } | null, isMain: boolean): unknown;
  _resolveFilename(request: string, parent: { filename?: string } | null, ...rest: unknown[]): string;
};
const loader = Module as unknown as LoaderInternals;

/** What replaces a test framework's module: its exports, given the real module's loader. */
export type Shim = (loadReal: () => unknown, parentFile: string) => unknown;

export type ModuleControl = {
  /** Loads a file of the project anew if it was evicted, as the main module or not. */
  load(file: string, isMain: boolean): Promise<unknown>;
  /** From now on `file` has this content (and the previous override its content on disk again). */
  setOverride(override: { file: string; text: string } | undefined): void;
  /** Forgets these files and everything of the project that depends on them. */
  evict(files: readonly string[]): void;
  /** Loaded files that declare tests: they loaded the framework, or lie where tests do. */
  tests(): string[];
  /** Project files loaded so far. */
  loaded(): string[];
};

/**
 * Takes over module loading in this process: project files can be given other content in memory, and can be evaluated
 * again together with their dependents while everything else stays loaded. Shims replace modules by request name.
 */
export function controlModules(root: string, shims: ReadonlyMap<string, Shim>, esm: boolean): ModuleControl {
  const dependents = new Map<string, Set<string>>();
  const versions = new Map<string, number>();
  const known = new Set<string>();
  const declaring = new Set<string>();
  let override: { file: string; text: string } | undefined;
  let generation = 0;

  const inProject = (file: string) =>
    file.startsWith(root + path.sep) && !file.includes(`${path.sep}node_modules${path.sep}`);
  const note = (parent: string | undefined, child: string) => {
    if (!inProject(child)) return;
    known.add(child);
    if (parent === undefined || parent === child) return;
    const parents = dependents.get(child) ?? new Set<string>();
    dependents.set(child, parents.add(parent));
  };

  patchReads(() => override);
  patchCommonJs(shims, note, (file) => declaring.add(file));
  if (esm) registerEsm({ shims, note, versions, inProject, override: () => override });

  const evict = (files: readonly string[]) => {
    generation++;
    const seen = new Set<string>();
    const queue = [...files];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      delete loader._cache[file];
      versions.set(file, generation);
      queue.push(...(dependents.get(file) ?? []));
    }
  };

  return {
    async load(file, isMain) {
      note(undefined, file);
      if (!esm || !isEsModule(file)) return loader._load(file, null, isMain);
      return import(`${pathToFileURL(file).href}?fettle=${versions.get(file) ?? 0}`);
    },
    setOverride(next) {
      const files = [override?.file, next?.file].filter((file) => file !== undefined);
      override = next;
      evict(files);
    },
    evict,
    tests: () => [...known].filter((file) => declaring.has(file) || isTestPath(path.relative(root, file))),
    loaded: () => [...known],
  };
}

/** Both loaders read sources through `fs.readFileSync`, transpiling require hooks included. */
function patchReads(override: () => { file: string; text: string } | undefined): void {
  const real = fs.readFileSync;
  const patched = (file: unknown, options?: unknown) => {
    const current = override();
    if (current !== undefined && file === current.file) {
      return options === undefined ? Buffer.from(current.text) : current.text;
    }
    return Reflect.apply(real, fs, [file, options]);
  };
  fs.readFileSync = patched as typeof fs.readFileSync;
}

function patchCommonJs(
  shims: ReadonlyMap<string, Shim>,
  note: (parent: string | undefined, child: string) => void,
  declares: (file: string) => void,
): void {
  const resolve = loader._resolveFilename;
  loader._resolveFilename = function (request, parent, ...rest) {
    const file = resolve.call(this, request, parent, ...rest);
    note(parent?.filename, file);
    return file;
  };
  const load = loader._load;
  loader._load = function (request, parent, isMain) {
    const shim = shims.get(request);
    if (shim === undefined) return load.call(this, request, parent, isMain);
    if (parent?.filename !== undefined) declares(parent.filename);
    return shim(() => load.call(this, request, parent, isMain), parent?.filename ?? "");
  };
}

type EsmParts = {
  readonly shims: ReadonlyMap<string, Shim>;
  readonly note: (parent: string | undefined, child: string) => void;
  readonly versions: ReadonlyMap<string, number>;
  readonly inProject: (file: string) => boolean;
  readonly override: () => { file: string; text: string } | undefined;
};

const SHIM_SCHEME = "fettle-shim:";

/** ES modules cannot be forgotten: another evaluation is another URL, and so are those of its dependents. */
function registerEsm(parts: EsmParts): void {
  Object.defineProperty(globalThis, Symbol.for("fettle.shim"), {
    value: (name: string) => parts.shims.get(name)?.(() => Module.createRequire(`${process.cwd()}/x.js`)(name), ""),
  });
  Module.registerHooks({
    resolve(specifier, context, next) {
      const isRequire = context.conditions.includes("require");
      if (!isRequire && parts.shims.has(specifier)) {
        return { url: SHIM_SCHEME + specifier, format: "module", shortCircuit: true };
      }
      const resolved = next(specifier, context);
      if (isRequire || !resolved.url.startsWith("file:")) return resolved;
      const file = fileURLToPath(resolved.url);
      if (!parts.inProject(file)) return resolved;
      const parent = context.parentURL?.startsWith("file:") ? fileURLToPath(context.parentURL) : undefined;
      parts.note(parent, file);
      const bare = resolved.url.split("?")[0] ?? resolved.url;
      return { ...resolved, url: `${bare}?fettle=${parts.versions.get(file) ?? 0}` };
    },
    load(url, context, next) {
      if (url.startsWith(SHIM_SCHEME)) return shimSource(url.slice(SHIM_SCHEME.length), parts.shims);
      const current = parts.override();
      if (current === undefined || !url.startsWith("file:") || fileURLToPath(url) !== current.file) {
        return next(url, context);
      }
      return { ...next(url, context), source: current.text };
    },
  });
}

function shimSource(name: string, shims: ReadonlyMap<string, Shim>) {
  const exports = shims.get(name)?.(() => Module.createRequire(`${process.cwd()}/x.js`)(name), "");
  const keys =
    exports === null || (typeof exports !== "object" && typeof exports !== "function") ? [] : Object.keys(exports);
  const names = keys.filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
  const lines = names.map((key) => `export const ${key} = shim[${JSON.stringify(key)}];`);
  const source = [
    `const shim = globalThis[Symbol.for("fettle.shim")](${JSON.stringify(name)});`,
    ...lines,
    "export default shim.default ?? shim;",
  ].join("\n");
  return { format: "module" as const, source, shortCircuit: true };
}

/** Whether Node would load this file as an ES module. */
export function isEsModule(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true;
  if (/\.c[jt]s$/.test(file)) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (fs.existsSync(manifest)) {
      const { type } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { type?: unknown };
      if (type === "module" || type === "commonjs") return type === "module";
      break;
    }
    if (folder === path.dirname(folder)) break;
  }
  return /^\s*(import\s+[\w{*"']|export\s)/m.test(fs.readFileSync(file, "utf8"));
}
