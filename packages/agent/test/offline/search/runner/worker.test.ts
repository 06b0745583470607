import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createWorkerClient, type WorkerAnswer } from "../../../../src/offline/search/runner/client.ts";
import type { Framework } from "../../../../src/offline/search/runner/messages.ts";
import { clampSource, createProject } from "../project.ts";

const main = fileURLToPath(new URL("../../../../src/offline/search/main.ts", import.meta.url));

function open(t: TestContext, framework: Framework, files: Record<string, string>, tests: string[]) {
  const root = createProject(t, files);
  const setup = {
    type: "setup" as const,
    root,
    framework,
    files: tests.map((name) => join(root, name)),
    requires: [],
    ui: "bdd" as const,
  };
  const client = createWorkerClient([process.execPath, main], setup);
  t.after(() => client.close());
  return { root, client };
}

function verdicts(answer: WorkerAnswer): Record<string, boolean> {
  assert.equal(answer.kind, "result");
  if (answer.kind !== "result") return {};
  return Object.fromEntries(answer.result.outcomes.map((outcome) => [outcome.name, outcome.error === undefined]));
}

const fixed = clampSource.replace("n < hi", "n > hi");
const cjs = { "package.json": "{}", "index.js": clampSource };
const esm = (text: string) => text.replace("exports.clamp = function", "export function");
const module = { "package.json": '{"type":"module"}', "index.js": esm(clampSource) };
const assertion = "const assert = require('node:assert'); const { clamp } = require('..');";

const projects: readonly {
  framework: Framework;
  files: Record<string, string>;
  test: string;
  good: Record<string, boolean>;
  bad: Record<string, boolean>;
  replacement: string;
}[] = [
  {
    framework: "mocha",
    files: {
      ...cjs,
      "test/a.js": `${assertion} describe('clamp', function () { this.timeout(500); let hi; beforeEach(() => { hi = 3; });
      it('keeps', (done) => { assert.equal(clamp(2, 1, hi), 2); done(); }); it('cuts', async () => { assert.equal(clamp(5, 1, hi), 3); });
      it('raises', function () { assert.equal(clamp(0, 1, hi), 1); }); it.skip('never', () => { throw new Error(); }); });`,
    },
    test: "test/a.js",
    bad: { "clamp > keeps": false, "clamp > cuts": false, "clamp > raises": true },
    good: { "clamp > keeps": true, "clamp > cuts": true, "clamp > raises": true },
    replacement: fixed,
  },
  {
    framework: "node:test",
    files: {
      ...module,
      "test/a.js": `import test, { describe, it } from 'node:test'; import assert from 'node:assert/strict'; import { clamp } from '../index.js';
      test('keeps', async (t) => { await t.test('inner', () => assert.equal(clamp(2, 1, 3), 2)); }); describe('d', () => { it('raises', () => assert.equal(clamp(0, 1, 3), 1)); });`,
    },
    test: "test/a.js",
    bad: { keeps: false, "d > raises": true },
    good: { keeps: true, "d > raises": true },
    replacement: esm(fixed),
  },
  {
    framework: "ava",
    files: {
      ...module,
      "test.js": `import test from 'ava'; import { clamp } from './index.js';
      test('keeps', (t) => { t.plan(1); t.is(clamp(2, 1, 3), 2); }); test.serial('raises', async (t) => { t.deepEqual([clamp(0, 1, 3)], [1]); });`,
    },
    test: "test.js",
    bad: { keeps: false, raises: true },
    good: { keeps: true, raises: true },
    replacement: esm(fixed),
  },
  {
    framework: "tap",
    files: {
      ...cjs,
      "test/a.js": `const t = require('tap'); const { clamp } = require('..'); t.test('keeps', (t) => { t.equal(clamp(2, 1, 3), 2); t.end(); });
      t.test('raises', async (t) => { t.same([clamp(0, 1, 3)], [1]); });`,
    },
    test: "test/a.js",
    bad: { keeps: false, raises: true },
    good: { keeps: true, raises: true },
    replacement: fixed,
  },
  {
    framework: "script",
    files: { ...cjs, "test/a.js": `${assertion} setTimeout(() => assert.equal(clamp(2, 1, 3), 2), 1);` },
    test: "test/a.js",
    bad: { "": false },
    good: { "": true },
    replacement: fixed,
  },
];

for (const { framework, files, test: file, good, bad, replacement } of projects) {
  test(`${framework}: runs again and again with other content in memory`, async (t) => {
    const { root, client } = open(t, framework, files, [file]);
    const override = { file: join(root, "index.js"), text: replacement };
    // Limits come from measurements, so they are no whole numbers.
    const request = { bail: false, timeoutMs: 1000.25 };
    assert.deepEqual(verdicts(await client.run(request, 10_000)), bad);
    assert.deepEqual(verdicts(await client.run({ ...request, override }, 10_000)), good);
    assert.deepEqual(verdicts(await client.run(request, 10_000)), bad);
  });
}

test("only the wanted tests run, and the first failure is enough", async (t) => {
  const body = `${assertion} describe('a', () => { it('x', () => assert.equal(1, 2)); it('y', () => assert.equal(1, 2)); it('z', () => {}); });`;
  const { root, client } = open(t, "mocha", { ...cjs, "test/a.js": body }, ["test/a.js"]);
  const file = join(root, "test/a.js");
  assert.deepEqual(verdicts(await client.run({ bail: false, timeoutMs: 500, tests: [`${file}\na > z`] }, 10_000)), {
    "a > z": true,
  });
  assert.deepEqual(verdicts(await client.run({ bail: true, timeoutMs: 500 }, 10_000)), { "a > x": false });
});

test("an endless loop is a failure, the process survives it", async (t) => {
  const { root, client } = open(
    t,
    "mocha",
    { ...cjs, "test/a.js": `${assertion} it('x', () => assert.equal(clamp(0, 1, 3), 1));` },
    ["test/a.js"],
  );
  const endless = { file: join(root, "index.js"), text: "exports.clamp = () => { for (;;); };" };
  const request = { bail: false, timeoutMs: 200 };
  assert.deepEqual(verdicts(await client.run({ ...request, override: endless }, 10_000)), { x: false });
  assert.deepEqual(verdicts(await client.run(request, 10_000)), { x: true });
});

test("a process that is lost is replaced", async (t) => {
  const { root, client } = open(
    t,
    "mocha",
    { ...cjs, "test/a.js": `${assertion} it('x', () => assert.equal(clamp(0, 1, 3), 1));` },
    ["test/a.js"],
  );
  const deadly = { file: join(root, "index.js"), text: "process.kill(process.pid, 'SIGKILL');" };
  const request = { bail: false, timeoutMs: 200 };
  assert.deepEqual(await client.run({ ...request, override: deadly }, 10_000), { kind: "lost", reason: "exit" });
  assert.deepEqual(verdicts(await client.run(request, 10_000)), { x: true });
});

test("coverage is told apart by test", async (t) => {
  const { root, client } = open(
    t,
    "mocha",
    {
      ...cjs,
      "test/a.js": `${assertion} it('low', () => assert.equal(clamp(0, 1, 3), 1)); it('high', () => assert.equal(clamp(5, 1, 3), 3));`,
    },
    ["test/a.js"],
  );
  const answer = await client.run({ bail: false, timeoutMs: 500, coverage: "assertions" }, 10_000);
  assert.ok(answer.kind === "result");
  const covers = (name: string, needle: string) =>
    (answer.result.spectra ?? []).some((spectrum) => {
      const ranges = spectrum.files[join(root, "index.js")] ?? [];
      const at = clampSource.indexOf(needle);
      return (
        spectrum.id.endsWith(`\n${name}`) &&
        ranges.some((start, i) => i % 2 === 0 && start <= at && at < (ranges[i + 1] ?? 0))
      );
    });
  assert.deepEqual(
    [covers("low", "return lo"), covers("low", "return n"), covers("high", "return lo"), covers("high", "return n")],
    [true, false, false, true],
  );
});
