import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { readCase, testSource } from "./case.ts";
import { judge } from "./judge.ts";
import { renderTable } from "./table.ts";

/*
 * A stand-in for the package of a case, so that no registry is needed: `encode` of the case's own tests.
 */
const found = readCase("cookie-fractional-max-age");
const source = (written: string): string => `
exports.parse = (text) => Object.fromEntries(text.split("; ").map((pair) => pair.split("=").map(decodeURIComponent)));
exports.serialize = (name, value, options = {}) => {
  const pairs = [name + "=" + encodeURIComponent(value)];
  if (options.maxAge != null) {
    const maxAge = options.maxAge - 0;
    if (isNaN(maxAge)) throw new Error("maxAge should be a Number");
    pairs.push("Max-Age=" + ${written});
  }
  if (options.domain) pairs.push("Domain=" + options.domain);
  if (options.path) pairs.push("Path=" + options.path);
  if (options.httpOnly) pairs.push("HttpOnly");
  if (options.secure) pairs.push("Secure");
  return pairs.join("; ");
};
`;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const makeRepository = (): { repository: string; fixed: string; write: (text: string) => void } => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-judge-"));
  folders.push(folder);
  const repository = join(folder, "repository");
  const fixed = join(folder, "fixed");
  mkdirSync(join(repository, "test"), { recursive: true });
  mkdirSync(fixed);
  writeFileSync(join(repository, "index.js"), source("maxAge"));
  writeFileSync(join(repository, "package.json"), "{}");
  writeFileSync(join(fixed, "index.js"), source("Math.floor(maxAge)"));
  cpSync(testSource(found.id, "visible"), join(repository, found.testFile));
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: repository, stdio: "pipe" });
  git("init", "--quiet");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "--no-gpg-sign", "-m", "buggy");
  return { repository, fixed, write: (text) => writeFileSync(join(repository, "index.js"), text) };
};

const judged = async (written: string): Promise<[string, boolean]> => {
  const { repository, fixed, write } = makeRepository();
  write(written);
  const { verdict, sameAsMaintainers } = await judge(found, repository, fixed);
  return [verdict, sameAsMaintainers];
};

describe("judging what an engine did", () => {
  test("nothing", async () => {
    assert.deepEqual(await judged(source("maxAge")), ["not mended", false]);
  });

  test("the maintainers' edit, in other formatting", async () => {
    assert.deepEqual(await judged(source("Math.floor( maxAge /* seconds */ )")), ["right", true]);
  });

  test("an edit of the same effect", async () => {
    assert.deepEqual(await judged(source("(maxAge - ((maxAge % 1) + 1) % 1)")), ["right", false]);
  });

  test("an edit that only pleases the visible test", async () => {
    assert.deepEqual(await judged(source("(maxAge | 0)")), ["green but wrong", false]);
  });

  test("an edit of the test", async () => {
    const { repository, fixed } = makeRepository();
    writeFileSync(join(repository, found.testFile), "");
    assert.equal((await judge(found, repository, fixed)).verdict, "test changed");
  });
});

test("the table counts and lists", () => {
  const diff = "--- a/index.js\n+++ b/index.js\n@@ -1 +1 @@\n ok\n-  a(x);\n+  a(x || y);\n";
  const row = { found, sameAsMaintainers: false, rightAlternative: 0, elapsedMs: 1500, diff } as const;
  const table = renderTable([
    { ...row, verdict: "right", sameAsMaintainers: true },
    { ...row, verdict: "green but wrong", rightAlternative: 2 },
    { ...row, verdict: "not mended" },
    { ...row, verdict: "not mended" },
  ]);
  assert.ok(table.includes("| all | 4 | 2 (50 %) | 1 (25 %) | 1 | 1 | 2 |"), table);
  assert.ok(table.includes("**right**, as the maintainers | 1.5 | `- a(x); + a(x \\|\\| y);` |"), table);
  assert.ok(table.includes("green but wrong; alternative 2 is right"), table);
});
