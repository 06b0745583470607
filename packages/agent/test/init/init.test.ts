import assert from "node:assert/strict";
import { test } from "node:test";
import { initCandidates } from "../../src/init/candidates.ts";
import { describeRepository, durationWords } from "../../src/init/describe.ts";
import type { ProjectFacts } from "../../src/models/offline/test-command.ts";

const facts = (texts: Record<string, string>, files: readonly string[] = []): ProjectFacts => ({
  files: [...Object.keys(texts), ...files],
  texts: new Map(Object.entries(texts)),
});
const commands = (of: ProjectFacts): string[] => initCandidates(of).map(({ command }) => command);

test("what a repository's files name is tried, and nothing that changes files or never ends", () => {
  const scripts = {
    test: "vitest run",
    lint: "eslint .",
    "lint:check": "eslint --fix .",
    typecheck: "tsc",
    build: "tsc -b",
    "format:check": "prettier -c .",
    format: "prettier -w .",
    dev: "vite",
    release: "publish",
  };
  const node = facts({ "package.json": JSON.stringify({ scripts }), "tsconfig.json": "{}" }, ["pnpm-lock.yaml"]);
  assert.deepEqual(commands(node), [
    "pnpm run build",
    "pnpm run typecheck",
    "pnpm run lint",
    "pnpm run format:check",
    "pnpm test",
  ]);
  assert.deepEqual(initCandidates(node).at(-1)?.otherwise, ["npm test"]);
  assert.deepEqual(commands(facts({ "go.mod": "module x" })), ["go build ./...", "go vet ./...", "go test ./..."]);
  assert.deepEqual(commands(facts({ "Cargo.toml": "" })), ["cargo build", "cargo clippy", "cargo test"]);
  const make = facts({ Makefile: "CHECK := 1\nlint: x\n\ttrue\ntest:\n\ttrue\nbuild := out\n" });
  assert.deepEqual(commands(make), ["make lint", "make test"]);
  const python = facts({ "pyproject.toml": "[tool.ruff]\n[tool.mypy]\nx = 1\n" }, ["tests/test_a.py"]);
  assert.deepEqual(commands(python), ["mypy .", "ruff check .", "python3 -m pytest -q"]);
  assert.deepEqual(commands(facts({})), []);
});

test("the file says what the repository is, its layout, and only what was seen to work", () => {
  const files = [
    "src/a.ts",
    "src/b.ts",
    "test/a.test.ts",
    "packages/x/package.json",
    "packages/y/package.json",
    ".ci/run",
  ];
  const text = describeRepository(
    facts({ "package.json": '{"name":"thing","description":"Does `things`\\nwell"}' }, files),
    "folder",
    [{ purpose: "test", command: "npm test", durationMs: 3210 }],
  );
  assert.equal(
    text,
    `# For agents working in this repository

thing: Does 'things' well

## Layout
- \`packages/\` 2 files; packages \`x\`, \`y\`
- \`src/\` 2 files, mostly TypeScript
- \`test/\` 1 file, mostly TypeScript, tests
- at the top: \`package.json\`

## Commands
Each was run once in the sandbox, without network, and exited 0.
- \`npm test\` tests (3.2 s)
`,
  );
});

test("without a manifest the README's first prose says what it is; without commands there is no list of them", () => {
  const readme = "# Title\n\n[![badge](x)](y)\n\n> quote\n\nA *small* [tool](http://x) for\npeople.\n\nMore.\n";
  const text = describeRepository(facts({ "README.md": readme }), "folder", []);
  assert.match(text, /\n\nfolder: A small tool for people\.\n/);
  assert.doesNotMatch(text, /Commands/);
  assert.equal(durationWords(125_000), "2 min 5 s");
});
