import { type ProjectFacts, readPackageManifest, testCommands } from "../models/offline/test-command.ts";

/** What a command is for. */
export type Purpose = "test" | "types" | "lint" | "format" | "check" | "build";

/** A command that a repository's files make likely. Nothing is known of it before it was run. */
export type Candidate = {
  readonly purpose: Purpose;
  readonly command: string;
  /** Other ways to do the same, for when this one fails. */
  readonly otherwise: readonly string[];
  /** Where it was found, in words. */
  readonly source: string;
};

const scripts: readonly (readonly [Purpose, RegExp])[] = [
  ["types", /^(?:type-?check|types|tsc|check[:-]types?|test:types)$/],
  ["lint", /^(?:lint|eslint|lint[:-](?:check|js|ts|all))$/],
  ["format", /^(?:format|fmt|prettier)[:-]check$|^check[:-](?:format|fmt)$/],
  ["check", /^check$/],
  ["build", /^(?:build|compile)$/],
];
/** What changes files or never ends has no place among commands that prove something. */
const unfit = /--(?:fix|write|watch)\b|\s-w\b|\b(?:deploy|publish|release)\b/;

const fromScripts = (facts: ProjectFacts, runner: string): Candidate[] => {
  const text = facts.texts.get("package.json");
  const all = Object.entries((text === undefined ? null : readPackageManifest(text))?.scripts ?? {});
  return scripts.flatMap(([purpose, pattern]) =>
    all
      .filter(([name, body]) => pattern.test(name) && !unfit.test(body))
      .map(([name, body]) => ({
        purpose,
        command: `${runner} run ${name}`,
        otherwise: [],
        source: `package.json: ${body}`,
      })),
  );
};

const targets: readonly (readonly [Purpose, readonly string[]])[] = [
  ["types", ["typecheck", "types"]],
  ["lint", ["lint"]],
  ["check", ["check"]],
  ["build", ["build"]],
];

const fromRecipes = (facts: ProjectFacts): Candidate[] =>
  (
    [
      ["make", /^(?:GNUm|M|m)akefile$/],
      ["just", /^[jJ]ustfile$/],
    ] as const
  ).flatMap(([program, file]) => {
    const path = facts.files.find((name) => file.test(name));
    const text = path === undefined ? "" : (facts.texts.get(path) ?? "");
    return targets.flatMap(([purpose, names]) =>
      names
        .filter((name) => new RegExp(`^${name}[ \\t]*:(?!=)`, "m").test(text))
        .map((name) => ({ purpose, command: `${program} ${name}`, otherwise: [], source: path ?? "" })),
    );
  });

type Rule = { readonly purpose: Purpose; readonly command: string; readonly file: RegExp; readonly text?: RegExp };
const rules: readonly Rule[] = [
  { purpose: "types", command: "npx --no-install tsc --noEmit", file: /^tsconfig\.json$/ },
  { purpose: "lint", command: "ruff check .", file: /^\.?ruff\.toml$/ },
  { purpose: "lint", command: "ruff check .", file: /^pyproject\.toml$/, text: /^\[tool\.ruff\b/m },
  { purpose: "lint", command: "flake8", file: /^\.flake8$/ },
  { purpose: "format", command: "black --check .", file: /^pyproject\.toml$/, text: /^\[tool\.black\b/m },
  { purpose: "types", command: "mypy .", file: /^\.?mypy\.ini$/ },
  { purpose: "types", command: "mypy .", file: /^pyproject\.toml$/, text: /^\[tool\.mypy\b/m },
  { purpose: "build", command: "go build ./...", file: /^go\.mod$/ },
  { purpose: "lint", command: "go vet ./...", file: /^go\.mod$/ },
  { purpose: "build", command: "cargo build", file: /^Cargo\.toml$/ },
  { purpose: "lint", command: "cargo clippy", file: /^Cargo\.toml$/ },
  { purpose: "lint", command: "deno lint", file: /^deno\.jsonc?$/ },
  { purpose: "build", command: "mix compile", file: /^mix\.exs$/ },
  { purpose: "build", command: "./gradlew --offline assemble", file: /^gradlew$/ },
  { purpose: "build", command: "mvn -q -o compile", file: /^pom\.xml$/ },
];

const fromRules = (facts: ProjectFacts): Candidate[] =>
  rules.flatMap(({ purpose, command, file, text }) => {
    const path = facts.files.find((name) => file.test(name));
    const fits = path !== undefined && (text === undefined || text.test(facts.texts.get(path) ?? ""));
    return fits ? [{ purpose, command, otherwise: [], source: path }] : [];
  });

/** Ways of testing that one file stands for are one candidate. */
const tests = (facts: ProjectFacts): Candidate[] => {
  const bySource = new Map<string, string[]>();
  for (const { command, source } of testCommands(facts))
    bySource.set(source, [...(bySource.get(source) ?? []), command]);
  return [...bySource].flatMap(([source, [command, ...otherwise]]) =>
    command === undefined ? [] : [{ purpose: "test" as const, command, otherwise, source }],
  );
};

const order: readonly Purpose[] = ["build", "types", "lint", "format", "check", "test"];
const most = 12;

/** What is worth trying, each command once: what tests need may have to be built first. Pure. */
export const initCandidates = (facts: ProjectFacts): Candidate[] => {
  const tested = tests(facts);
  const runner = /^(pnpm|yarn|bun)\b/.exec(tested[0]?.command ?? "")?.[1] ?? "npm";
  const named = [...fromScripts(facts, runner), ...fromRecipes(facts)];
  // What the repository names itself is better than what its tools usually want.
  const usual = fromRules(facts).filter(({ purpose }) => !named.some((known) => known.purpose === purpose));
  const seen = new Set<string>();
  return [...named, ...usual, ...tested]
    .filter(({ command }) => !seen.has(command) && seen.add(command))
    .sort((a, b) => order.indexOf(a.purpose) - order.indexOf(b.purpose))
    .slice(0, most);
};
