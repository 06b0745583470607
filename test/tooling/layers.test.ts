import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findCycles } from "../../scripts/check/cycles.ts";
import { findViolations } from "../../scripts/check/rules.ts";

/** `file:line` and the first words of each violation. */
const broken = (sources: Record<string, string>): string[] =>
  findViolations(new Map(Object.entries(sources))).map(({ file, line, message }) => `${file}:${line} ${message}`);

const agent = "packages/agent/src/a.ts";

const cases: { name: string; sources: Record<string, string>; expected: RegExp[] }[] = [
  {
    name: "an import against the arrow",
    sources: { "packages/protocol/src/a.ts": 'import { x } from "@fettle/agent";\n' },
    expected: [/^packages\/protocol\/src\/a\.ts:1 "protocol" must not import "@fettle\/agent": imports go one way/],
  },
  {
    name: "an import of types against the arrow, over several lines",
    sources: { [agent]: '\nimport type {\n  A,\n  B,\n} from "@fettle/cli";\n' },
    expected: [/^packages\/agent\/src\/a\.ts:2 "agent" must not import "@fettle\/cli"/],
  },
  {
    name: "a lazy import against the arrow",
    sources: { [agent]: 'export const load = () =>\n  import("@fettle/cli");\n' },
    expected: [/^packages\/agent\/src\/a\.ts:2 "agent" must not import/],
  },
  {
    name: "a test's import against the arrow",
    sources: { "packages/workspace/test/a.test.ts": 'import "@fettle/agent";\n' },
    expected: [/"workspace" must not import "@fettle\/agent"/],
  },
  {
    name: "imports along the arrow",
    sources: {
      [agent]: 'import { x } from "@fettle/workspace";\nimport type { Y } from "@fettle/protocol";\n',
      "packages/cli/src/a.ts": 'import { z } from "@fettle/agent";\n',
      "test/end.test.ts":
        'import { z } from "@fettle/agent";\nimport { s } from "../packages/agent/test/support/server.ts";\n',
    },
    expected: [],
  },
  {
    name: "a way into another package past its index",
    sources: { "packages/cli/src/a.ts": 'import { x } from "@fettle/agent/src/turn.ts";\n' },
    expected: [/imports "@fettle\/agent\/src\/turn\.ts", which is inside another package: packages meet only/],
  },
  {
    name: "a path into another package",
    sources: { "packages/cli/test/a.test.ts": 'import { x } from "../../agent/src/turn.ts";\n' },
    expected: [/imports packages\/agent\/src\/turn\.ts of another package by its path/],
  },
  {
    name: "a path from outside into a package",
    sources: { "scripts/a.ts": 'import { x } from "../packages/agent/src/turn.ts";\n' },
    expected: [/imports packages\/agent\/src\/turn\.ts by its path/],
  },
  {
    name: "a path out of a package",
    sources: { [agent]: 'import { x } from "../../../scripts/a.ts";\n' },
    expected: [/imports scripts\/a\.ts, outside its package/],
  },
  {
    name: "a source that needs a test",
    sources: { [agent]: 'import { x } from "../test/support/x.ts";\n' },
    expected: [/imports packages\/agent\/test\/support\/x\.ts: what ships must not depend on tests/],
  },
  {
    name: "a package without a rule",
    sources: { "packages/extra/src/a.ts": 'import "@fettle/protocol";\n' },
    expected: [/package "extra" has no line in/],
  },
  {
    name: "a package that imports itself by name",
    sources: { [agent]: 'import "@fettle/agent";\n' },
    expected: [/imports its own package by name/],
  },
  {
    name: "a re-export outside an index",
    sources: {
      [agent]: 'export { b } from "./b.ts";\nexport type * from "./c.ts";\n',
      "packages/agent/src/index.ts": 'export { a } from "./a.ts";\n',
    },
    expected: [/a\.ts:1 re-exports from ".\/b\.ts"/, /a\.ts:2 re-exports from ".\/c\.ts"/],
  },
  {
    name: "a cycle, by types and a lazy import",
    sources: {
      "packages/agent/src/a.ts": 'import type { B } from "./b.ts";\n',
      "packages/agent/src/b.ts": 'import { c } from "./deep/c.ts";\n',
      "packages/agent/src/deep/c.ts": 'export const c = () => import("../a.ts");\n',
    },
    expected: [
      /import cycle packages\/agent\/src\/a\.ts → packages\/agent\/src\/b\.ts → packages\/agent\/src\/deep\/c\.ts → packages\/agent\/src\/a\.ts: /,
    ],
  },
  {
    name: "a file that is too long, and one that is just not",
    sources: { [agent]: "\n".repeat(401), "packages/agent/src/b.ts": "\n".repeat(400) },
    expected: [/a\.ts:401 has 401 lines, more than 400/],
  },
  {
    name: "suppressions without a reason",
    sources: {
      [agent]: [
        "// @ts-ignore",
        "// @ts-expect-error not after a colon, though long enough",
        "// biome-ignore lint/suspicious/noExplicitAny: <explanation>",
        "/* @ts-nocheck: */",
        "",
      ].join("\n"),
    },
    expected: [/a\.ts:1 "\/\/ @ts-ignore" gives no reason/, /a\.ts:2 /, /a\.ts:3 /, /a\.ts:4 /],
  },
  {
    name: "suppressions with a reason, and words in strings",
    sources: {
      [agent]: [
        "// @ts-expect-error: the types of the library forget this overload",
        "// biome-ignore lint/suspicious/noExplicitAny: what the library gives is any",
        'export const text = "// @ts-ignore";',
        "export const code = `",
        'import { x } from "@fettle/cli";',
        "`;",
        '// import { x } from "@fettle/cli";',
        "",
      ].join("\n"),
    },
    expected: [],
  },
];

for (const { name, sources, expected } of cases) {
  test(`layers: ${name}`, () => {
    const found = broken(sources);
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [i, pattern] of expected.entries()) assert.match(found[i] ?? "", pattern);
  });
}

test("cycles: each ring is found once, what hangs on it is not part of it", () => {
  const graph = new Map([
    ["a", ["b", "x"]],
    ["b", ["c"]],
    ["c", ["b", "missing"]],
    ["self", ["self"]],
    ["x", []],
  ]);
  assert.deepEqual(findCycles(graph), [["b", "c"], ["self"]]);
});

const runChecker = (root: string): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const script = join(import.meta.dirname, "../../scripts/check-layers.ts");
    execFile(process.execPath, [script, root], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });

test("check-layers: prints each violation of a tree and exits 1; exits 0 on a clean one", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "fettle-layers-"));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("packages/agent/src/a.ts", 'import "@fettle/protocol";\n');
  write("packages/agent/test/fixtures/a.ts", 'import "@fettle/cli";\n');
  assert.deepEqual(await runChecker(root), { code: 0, output: "" });
  write("packages/agent/src/b.ts", 'import "@fettle/cli";\n');
  const { code, output } = await runChecker(root);
  assert.equal(code, 1);
  assert.match(output, /^packages\/agent\/src\/b\.ts:1: "agent" must not import "@fettle\/cli": .+\n$/);
});

test("check-layers: an empty tree is an error, not a pass", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "fettle-layers-"));
  t.after(() => rmSync(root, { recursive: true }));
  assert.deepEqual(await runChecker(root), { code: 1, output: `no sources under ${root}\n` });
});
