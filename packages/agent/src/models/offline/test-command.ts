import * as z from "zod/mini";

/** A command that runs the tests, and where it was found, in words. */
export type TestCommand = { readonly command: string; readonly source: string };

/** What a look at the repository found. Paths are relative to the workspace. */
export type ProjectFacts = {
  readonly files: readonly string[];
  /** The text of those manifests that exist, by path. */
  readonly texts: ReadonlyMap<string, string>;
};

const script = String.raw`[\w:.@/-]+`;
const commandPatterns = [
  String.raw`(?:npm|pnpm|yarn|bun)\s+(?:run\s+|run-script\s+)${script}`,
  String.raw`(?:npm|pnpm|yarn|bun)\s+(?:t|tst|test)\b`,
  String.raw`yarn\s+(?:unit|spec|check)\b`,
  String.raw`npx\s+(?:jest|vitest|mocha|ava|tap|tape|playwright)\b`,
  String.raw`make\s+(?:[\w-]*-)?(?:tests?|check|spec)\b(?!\s+(?:pass|green|work|run|succeed|go|be|not))(?:-[\w-]+)?`,
  String.raw`go\s+test\b(?:\s+[.-][./\w-]*)*`,
  String.raw`cargo\s+(?:test|nextest)\b`,
  String.raw`deno\s+test\b`,
  String.raw`(?:python3?\s+-m\s+)?pytest\b(?:\s+[./\w-]*[./-][./\w-]*)*`,
  String.raw`python3?\s+-m\s+unittest\b`,
];
const barePattern = new RegExp(`(?<![\\w./-])(?:${commandPatterns.join("|")})`);
const runners =
  "npm|pnpm|yarn|bun|npx|node|deno|make|pytest|python3?|tox|go|cargo|mvn|gradle|\\./[\\w./-]+|bundle|rspec|mix|dotnet|sh|bash|ctest|jest|mocha|vitest|ava|tap|tape|perl|ruby|php|just";
const quotedPattern = new RegExp(`^(?:${runners})(?:\\s|$)`);

/** A command line that the text names for running tests: one in quotes, else one of a well-known form; or null. */
export const commandIn = (text: string): string | null => {
  for (const [, quoted] of text.matchAll(/`([^`\n]{2,200})`/g))
    if (quoted !== undefined && quotedPattern.test(quoted.trim())) return quoted.trim();
  const found = barePattern.exec(text)?.[0].trim();
  // A bare tool's name without arguments ("the pytest suite") is named too loosely to be a command line of its own.
  return found === undefined ? null : found.replace(/(?<![./])[.,]+$/, "");
};

const instructedTest = /\b(?:tests?|unit|spec|pytest|unittest|jest|mocha|vitest|tap|ava|tox)\b|^(?:make|just) check\b/;
/** Commands that are not for one run of all tests, or hold a place for the reader to fill. */
const notWhole = /\b(?:watch|install|lint|coverage|bench)\b|[<[…]|path\/to|\s-(?:t|g|k)\s/;

/** The test command that instructions for agents name, or null: quoted or fenced, and about all tests. */
export const commandInInstructions = (text: string): string | null => {
  const fenced = [...text.matchAll(/```[^\n]*\n([\s\S]*?)```/g)].flatMap(([, body]) => (body ?? "").split("\n"));
  const quoted = [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]{2,200})`/g)].map(([, body]) => body ?? "");
  const lines = [...quoted, ...fenced].map((line) =>
    line
      .replace(/^\s*\$\s+/, "")
      .replace(/\s+#.*$/, "")
      .trim(),
  );
  return lines.find((line) => quotedPattern.test(line) && instructedTest.test(line) && !notWhole.test(line)) ?? null;
};

const manifest = z.object({
  name: z.optional(z.string()),
  description: z.optional(z.string()),
  main: z.optional(z.unknown()),
  bin: z.optional(z.unknown()),
  scripts: z.optional(z.record(z.string(), z.string())),
  dependencies: z.optional(z.record(z.string(), z.unknown())),
  devDependencies: z.optional(z.record(z.string(), z.unknown())),
});
type PackageManifest = z.infer<typeof manifest>;

/** Undefined for what is no JSON. */
const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What of a package.json can be read; when it was cut or is broken, the test script alone, if it can be seen. */
export const readPackageManifest = (text: string): PackageManifest | null => {
  const parsed = manifest.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  // Cut by the shell tool's limit, or not JSON: look for the one line that matters.
  const test = jsonIn(/"test"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? "");
  return typeof test === "string" ? { scripts: { test } } : null;
};

/** Whether a path belongs to tests by the usual names. */
export const isTestFile = (path: string): boolean =>
  /(?:^|\/)(?:tests?|__tests__|spec)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)tests?(?:[_.-]\w+)*\.\w+$|_test\.\w+$/.test(
    path,
  );

const packageManagerOf = (root: ReadonlySet<string>): string => {
  if (root.has("pnpm-lock.yaml")) return "pnpm";
  if (root.has("yarn.lock")) return "yarn";
  return root.has("bun.lock") || root.has("bun.lockb") ? "bun" : "npm";
};

const nodeCommands = (root: ReadonlySet<string>, facts: ProjectFacts): TestCommand[] => {
  const found: TestCommand[] = [];
  const text = facts.texts.get("package.json");
  const scripts = (text === undefined ? null : readPackageManifest(text))?.scripts ?? {};
  const test = scripts.test;
  const runner = packageManagerOf(root);
  if (test !== undefined && !/no test specified/.test(test)) {
    const command = runner === "bun" ? "bun run test" : `${runner} test`;
    found.push({ command, source: `package.json: ${test}` });
    if (runner !== "npm") found.push({ command: "npm test", source: `package.json: ${test}` });
  } else {
    const other = ["unit", "test:unit", "tests", "spec", "mocha", "jest"].find((name) => scripts[name] !== undefined);
    if (other !== undefined)
      found.push({ command: `npm run ${other}`, source: `package.json: ${scripts[other] ?? ""}` });
  }
  const hasTests = facts.files.some((path) => isTestFile(path) && /\.[cm]?[jt]s$/.test(path));
  if (hasTests && found.length === 0) found.push({ command: "node --test", source: "test files for Node" });
  return found;
};

type Rule = {
  readonly file: RegExp;
  readonly text?: RegExp;
  readonly commands: readonly string[];
  readonly source: string;
};
const rules: readonly Rule[] = [
  { file: /^deno\.jsonc?$/, commands: ["deno test"], source: "deno.json" },
  { file: /^go\.mod$/, commands: ["go test ./..."], source: "go.mod" },
  { file: /^Cargo\.toml$/, commands: ["cargo test"], source: "Cargo.toml" },
  {
    file: /^(?:pytest\.ini|conftest\.py)$/,
    commands: ["python3 -m pytest -q", "python3 -m unittest"],
    source: "pytest",
  },
  {
    file: /^(?:tests?\/)?(?:.*\/)?(?:test_\w+|\w+_test)\.py$/,
    commands: ["python3 -m pytest -q", "python3 -m unittest discover"],
    source: "Python tests",
  },
  { file: /^(?:GNUm|M|m)akefile$/, text: /^test\s*:/m, commands: ["make test"], source: "Makefile" },
  { file: /^(?:GNUm|M|m)akefile$/, text: /^check\s*:/m, commands: ["make check"], source: "Makefile" },
  { file: /^[jJ]ustfile$/, text: /^test\b.*:/m, commands: ["just test"], source: "justfile" },
  { file: /^mix\.exs$/, commands: ["mix test"], source: "mix.exs" },
  { file: /^gradlew$/, commands: ["./gradlew test"], source: "gradlew" },
  { file: /^pom\.xml$/, commands: ["mvn -q test"], source: "pom.xml" },
  { file: /^\.rspec$/, commands: ["bundle exec rspec"], source: ".rspec" },
];

/** The commands that may run the tests, the most likely first. Later ones are for when an earlier one is not installed. */
export const testCommands = (facts: ProjectFacts): TestCommand[] => {
  const root = new Set(facts.files.filter((path) => !path.includes("/")));
  const found = nodeCommands(root, facts);
  for (const { file, text, commands, source } of rules) {
    const hit = facts.files.find((path) => file.test(path));
    if (hit === undefined || (text !== undefined && !text.test(facts.texts.get(hit) ?? ""))) continue;
    for (const command of commands)
      if (!found.some((known) => known.command === command)) found.push({ command, source });
  }
  return found;
};

/** The manifests worth reading among a repository's files: those that can name a test command. */
export const manifestsIn = (files: readonly string[]): string[] =>
  files.filter((path) =>
    /^(?:package\.json|(?:GNUm|M|m)akefile|[jJ]ustfile|pyproject\.toml|setup\.cfg|tox\.ini)$/.test(path),
  );
