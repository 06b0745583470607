import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Finished, git, makeRepository, runFettle, scratch } from "./support/fettle.ts";
import { itemsOf, storedLog } from "./support/scripted-run.ts";

/* The offline engine through the whole program, as someone without any key meets it. */

const source = `/** The price of all lines together. */
export const total = (lines) => lines.reduce((sum, { price, count }) => sum + price + count, 0);

export const isFree = (lines) => total(lines) === 0;
`;
const tests = `import assert from "node:assert";
import { test } from "node:test";
import { isFree, total } from "./cart.js";
test("adds up", () => assert.equal(total([{ price: 3, count: 4 }, { price: 5, count: 2 }]), 22));
test("one line", () => assert.equal(total([{ price: 7, count: 1 }]), 7));
test("nothing is free", () => assert.ok(isFree([])));
`;

const shop = (files: Record<string, string> = {}) => {
  const { path, home } = scratch("offline");
  const cwd = makeRepository(join(path, "shop"), {
    "package.json": '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
    "cart.js": source,
    "cart.test.js": tests,
    ...files,
  });
  const fettle = (...args: string[]): Promise<Finished> => runFettle(args, { cwd, home });
  return { cwd, home, fettle, read: (name: string): string => readFileSync(join(cwd, name), "utf8") };
};

describe("the offline engine", { concurrency: 2 }, () => {
  test("mends a bug that tests show, proves it, and can be undone", async () => {
    const { cwd, home, fettle, read } = shop();
    const done = await fettle("exec", "--check", "npm test", "make the tests pass");
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^Mended: `npm test` failed before and passes now/);
    assert.match(done.stdout, /unproven beyond them/);
    assert.match(done.stdout, /Changed cart\.js:2: /);
    assert.match(done.stdout, /I am the offline engine/);
    const [first = ""] = done.stderr.split("\n");
    assert.match(
      first,
      /^working with the offline engine \(no model is configured: set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or name a model/,
    );
    assert.match(done.stderr, /Evidence for tree [0-9a-f]{12}\n {2}✓ npm test — passed on the final files\n/);
    assert.equal(read("cart.js"), source.replace("sum + price + count", "sum + price * count"));
    assert.equal(read("cart.test.js"), tests, "tests are never touched");
    assert.equal(git(cwd, "status", "--porcelain"), " M cart.js\n", "nothing is left lying about");
    const log = storedLog(home);
    assert.deepEqual(
      itemsOf(log, "file_change").map(({ changes }) => changes),
      [[{ path: "cart.js", kind: "update" }]],
    );
    const runs = itemsOf(log, "command_execution").filter(({ command }) => command === "npm test");
    assert.deepEqual(
      runs.map(({ exit_code, origin }) => [exit_code, origin]),
      [
        [1, undefined],
        [0, undefined],
        [0, "check"],
      ],
    );
    const undone = await fettle("undo");
    assert.match(undone.stdout, /^restored cart\.js\ntook back turn 1 of thread /);
    assert.equal(read("cart.js"), source);
    assert.equal(git(cwd, "status", "--porcelain"), "");
  });

  test("undo keeps what a person edited since, unless forced", async () => {
    const { cwd, fettle, read } = shop();
    await fettle("exec", "make the tests pass");
    const edited = `${read("cart.js")}// mine\n`;
    writeFileSync(join(cwd, "cart.js"), edited);
    writeFileSync(join(cwd, "mine.txt"), "mine\n");
    const refused = await fettle("undo");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^fettle: "cart\.js" changed since by other hands; --force restores anyway/);
    assert.equal(read("cart.js"), edited);
    assert.equal((await fettle("undo", "--force")).code, 0);
    assert.equal(read("cart.js"), source);
    assert.equal(read("mine.txt"), "mine\n");
  });

  test("says truthfully that it found nothing, and leaves all files as they were", async () => {
    const impossible = `${tests}test("cannot be", () => assert.equal(1, 2));\n`;
    const { cwd, fettle } = shop({ "cart.test.js": impossible });
    const done = await fettle("exec", "--check", "npm test", "make the tests pass");
    assert.equal(done.code, 3);
    assert.match(done.stdout, /^`npm test` still fails: /);
    assert.match(done.stdout, /No file is changed\./);
    assert.match(done.stdout, /cannot be/);
    assert.match(done.stderr, /✗ npm test — failed on the final files/);
    assert.equal(git(cwd, "status", "--porcelain"), "");
  });

  test("answers a question with a place that is right, changes nothing, and takes no model when told so", async () => {
    const { cwd, fettle } = shop();
    const done = await fettle("exec", "-m", "offline", "--json", "where is isFree defined?");
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.stderr, "");
    const answer = itemsOf(done.events(), "agent_message").at(-1)?.text ?? "";
    assert.match(answer, /`isFree` is defined at cart\.js:4:/);
    assert.ok(answer.includes(source.split("\n")[3] ?? "?"));
    assert.deepEqual(itemsOf(done.events(), "file_change"), []);
    assert.equal(git(cwd, "status", "--porcelain"), "");
  });

  test("with passing tests there is nothing to mend, and it says so", async () => {
    const { cwd, fettle } = shop({ "cart.js": source.replace("price + count", "price * count") });
    const done = await fettle("exec", "make the tests pass");
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /npm test.*pass/);
    assert.match(done.stderr, /✓ npm test — passed on the final files/);
    assert.equal(git(cwd, "status", "--porcelain"), "");
  });
});
