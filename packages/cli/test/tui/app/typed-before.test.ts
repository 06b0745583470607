import assert from "node:assert/strict";
import { appendFileSync, globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { keepTyped, typedBefore } from "../../../src/tui/app/typed-before.ts";

const homeFor = (t: TestContext): string => {
  const home = mkdtempSync(join(tmpdir(), "fettle-typed-"));
  t.after(() => rmSync(home, { recursive: true }));
  return home;
};
const onlyFile = (home: string): string => join(home, globSync("typed/*", { cwd: home }).join());

test("each folder has its own words, for nobody else to read", (t) => {
  const home = homeFor(t);
  assert.deepEqual(typedBefore(home, "/one"), []);
  keepTyped(home, "/one", "first\nlines");
  assert.equal(statSync(onlyFile(home)).mode & 0o777, 0o600);
  keepTyped(home, "/two", "other");
  keepTyped(home, "/one", "second");
  assert.deepEqual(typedBefore(home, "/one"), ["first\nlines", "second"]);
  assert.deepEqual(typedBefore(home, "/two"), ["other"]);
});

test("a home that cannot be is told, and does not hang", () => {
  assert.throws(() => keepTyped("/proc/no-home", "/one", "words"), /ENOENT/);
  assert.deepEqual(typedBefore("/proc/no-home", "/one"), []);
});

test("a line that was cut off costs nothing but itself", (t) => {
  const home = homeFor(t);
  keepTyped(home, "/one", "first");
  appendFileSync(onlyFile(home), '"cut o');
  keepTyped(home, "/one", "second");
  appendFileSync(onlyFile(home), "17\n{}\n");
  assert.deepEqual(typedBefore(home, "/one"), ["first", "second"]);
});

test("the oldest words go when there are too many, and very long ones are not kept", (t) => {
  const home = homeFor(t);
  keepTyped(home, "/one", "x".repeat(20_001));
  assert.deepEqual(typedBefore(home, "/one"), []);
  for (let number = 0; number < 300; number += 1) keepTyped(home, "/one", `${number} ${"y".repeat(9_000)}`);
  assert.ok(statSync(onlyFile(home)).size <= 1_010_000);
  const kept = typedBefore(home, "/one");
  assert.ok(kept.length > 40 && kept.at(-1)?.startsWith("299 "));
  for (let number = 0; number < 700; number += 1) keepTyped(home, "/two", `${number}`);
  assert.deepEqual([typedBefore(home, "/two")[0], typedBefore(home, "/two").length], ["200", 500]);
});
