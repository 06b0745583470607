import { posix } from "node:path";
import { findCycles } from "./cycles.ts";
import { findImports, type Import, readSource, type SourceText } from "./source-text.ts";

/** One broken rule: where, what, and why the rule is there. */
export type Violation = { file: string; line: number; message: string };

/** Which of our packages each may import. What is missing here is an error too: a new package gets its line first. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  workspace: [],
  agent: ["protocol", "workspace"],
  server: ["protocol", "workspace", "agent"],
  sdk: ["protocol"],
  web: ["protocol"],
  vscode: ["sdk"],
  cli: ["protocol", "workspace", "agent", "server", "sdk"],
};

/** Files besides an index that may re-export, with the reason for it. */
const reExporters: Readonly<Record<string, string>> = {
  "packages/workspace/src/shell/analysis.ts": "what needs the shell's grammar is loaded lazily, in one import",
};

const maxLines = 400;

const reasons = {
  layer: "imports go one way, so that each package can be understood, tested and replaced without those above it",
  deep: "packages meet only through each other's src/index.ts, so that what lies behind it can change freely",
  outside: "a package must not reach for files around it: it is bundled and tested on its own",
  test: "what ships must not depend on tests",
  cycle: "files that import each other in a ring can only be understood all at once (imports of types count as well)",
  barrel: "re-exports hide where a thing lives and load what nobody asked for; only a package's src/index.ts has them",
  length: "a file this long has more than one subject: give each its own file",
  suppression: "whoever reads a suppressed warning must learn why it is wrong here: write the reason after a colon",
} as const;

/** `packages/<name>/…` → name. */
const packageOf = (file: string): string | undefined => /^packages\/([^/]+)\//.exec(file)?.[1];

/** Test support that the end-to-end tests share with the agent's own tests: the scripted model server. */
const sharedSupport = "packages/agent/test/support/";

const checkPackageImport = (file: string, specifier: string): string | undefined => {
  const [, target = "", rest = ""] = /^@fettle\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
  if (rest !== "") return `imports "${specifier}", which is inside another package: ${reasons.deep}`;
  const own = packageOf(file);
  if (own === undefined) return undefined;
  const allowed = allowedImports[own];
  if (allowed === undefined) return `package "${own}" has no line in scripts/check/rules.ts: ${reasons.layer}`;
  if (target === own) return `imports its own package by name: use a relative path`;
  if (!allowed.includes(target)) return `"${own}" must not import "@fettle/${target}": ${reasons.layer}`;
  return undefined;
};

const checkRelativeImport = (file: string, target: string): string | undefined => {
  const own = packageOf(file);
  const other = packageOf(target);
  if (own === undefined) {
    const shared = file.startsWith("test/") && target.startsWith(sharedSupport);
    return other === undefined || shared ? undefined : `imports ${target} by its path: ${reasons.deep}`;
  }
  if (other === undefined) return `imports ${target}, outside its package: ${reasons.outside}`;
  if (other !== own) return `imports ${target} of another package by its path: ${reasons.deep}`;
  if (file.startsWith(`packages/${own}/src/`) && !target.startsWith(`packages/${own}/src/`)) {
    return `imports ${target}: ${reasons.test}`;
  }
  return undefined;
};

const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier);

const checkImport = (file: string, { specifier, line, reExport }: Import): Violation[] => {
  const messages: (string | undefined)[] = [];
  if (specifier.startsWith("@fettle/")) messages.push(checkPackageImport(file, specifier));
  else if (isRelative(specifier)) messages.push(checkRelativeImport(file, targetOf(file, specifier)));
  if (reExport && reExporters[file] === undefined && !/^packages\/[^/]+\/src\/index\.ts$/.test(file)) {
    messages.push(`re-exports from "${specifier}": ${reasons.barrel}`);
  }
  return messages.filter((message) => message !== undefined).map((message) => ({ file, line, message }));
};

const targetOf = (file: string, specifier: string): string => posix.join(posix.dirname(file), specifier);

const suppression = /@ts-(?:ignore|expect-error|nocheck)|biome-ignore(?:-all|-start)?/;

const checkComments = (file: string, comments: SourceText["comments"]): Violation[] =>
  comments
    .filter(({ text }) => suppression.test(text))
    .filter(({ text }) => !/:\s*(?!<)\S.{8,}/.test(text.slice(text.search(suppression))))
    .map(({ line, text }) => ({
      file,
      line,
      message: `"${text.trim().slice(0, 60)}" gives no reason: ${reasons.suppression}`,
    }));

/**
 * All violations in a set of TypeScript sources: path from the repository's root (with `/`) → text. Pure, so that the
 * rules are tested on sources that exist nowhere.
 */
export const findViolations = (sources: ReadonlyMap<string, string>): Violation[] => {
  const violations: Violation[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, text] of sources) {
    const { code, comments } = readSource(text);
    const imports = findImports(code);
    const lines = text.split("\n").length - 1;
    if (lines > maxLines) {
      violations.push({
        file,
        line: maxLines + 1,
        message: `has ${lines} lines, more than ${maxLines}: ${reasons.length}`,
      });
    }
    violations.push(...imports.flatMap((entry) => checkImport(file, entry)), ...checkComments(file, comments));
    const relative = imports.filter(({ specifier }) => isRelative(specifier));
    graph.set(file, [...new Set(relative.map(({ specifier }) => targetOf(file, specifier)))]);
  }
  for (const cycle of findCycles(graph)) {
    const [first = ""] = cycle;
    violations.push({
      file: first,
      line: 1,
      message: `import cycle ${[...cycle, first].join(" → ")}: ${reasons.cycle}`,
    });
  }
  return violations.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
};
