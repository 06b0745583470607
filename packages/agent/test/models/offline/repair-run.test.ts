import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createOfflineModel } from "../../../src/models/offline/offline-model.ts";
import { drive, makeRepository } from "./drive.ts";

const broken = {
  "package.json": JSON.stringify({ name: "clamp", scripts: { test: "node --test" } }),
  "clamp.js":
    "exports.clamp = (value, low, high) => {\n  if (value > low) return low;\n  return value > high ? high : value;\n};\n",
  "clamp.test.js": `const { test } = require("node:test");
const assert = require("node:assert");
const { clamp } = require("./clamp.js");
test("keeps what lies between", () => assert.equal(clamp(5, 1, 9), 5));
test("raises to the lowest", () => assert.equal(clamp(-5, 1, 9), 1));
test("cuts to the highest", () => assert.equal(clamp(50, 1, 9), 9));
`,
};

const edit = (before: string, after: string, tier: string) => ({
  file: "clamp.js",
  patch: `*** Begin Patch\n*** Update File: clamp.js\n@@\n-  if (${before}) return low;\n+  if (${after}) return low;\n*** End Patch`,
  before,
  after,
  line: 2,
  kind: "comparison",
  passes: 3,
  tier,
  why: "flipped comparison",
});

const reportOf = (edits: readonly unknown[], status = "found"): string =>
  JSON.stringify({
    fettle_search: 1,
    status,
    test: {
      command: "npm test",
      runner: "node:test",
      failing: [
        { file: "clamp.test.js", name: "keeps what lies between", message: "1 !== 5", location: "clamp.test.js:4" },
      ],
    },
    tried: 12,
    total: 40,
    elapsedMs: 1500,
    engine: "in-process",
    ...(edits[0] === undefined ? {} : { winner: edits[0] }),
    alternatives: edits.slice(1),
    suspicious: [{ file: "clamp.js", line: 2, score: 0.9 }],
  });

/** A search in the place of the real one, which prints the given report and records what it was given. */
const searchPrinting = (report: string): string[] => [
  process.execPath,
  "-e",
  `console.log("tried 12 of 40"); console.log(${JSON.stringify(report)})`,
  "--",
];

const right = edit("value > low", "value < low", "likely");
const alsoRight = edit("value > low", "low > value", "plausible");
const wrong = edit("value > low", "value >= low", "likely");

const modelWith = (report: string) =>
  createOfflineModel({ searchProgram: searchPrinting(report), seed: 1, seconds: 5 });

test("mends a repository, proves it, and follows up on it", async () => {
  using repository = makeRepository(broken);
  const read = () => readFileSync(join(repository.root, "clamp.js"), "utf8");
  const model = modelWith(reportOf([right, alsoRight]));
  const mended = await drive(model, repository.root, "make the tests pass");
  assert.match(mended.final, /^Mended: `npm test` failed before and passes now \(exit 0/);
  assert.match(mended.final, /unproven beyond them/);
  assert.match(mended.final, /keeps what lies between: 1 !== 5 \(clamp\.test\.js:4\)/);
  assert.match(mended.final, /1\. clamp\.js:2: `value > low` → `low > value`/);
  assert.match(read(), /value < low/);
  assert.equal(mended.commands.filter((command) => command === "npm test").length, 2);

  const other = await drive(model, repository.root, "try another", mended.input);
  assert.match(other.final, /^Mended: /);
  assert.match(read(), /low > value/);

  const none = await drive(model, repository.root, "try another", other.input);
  assert.match(none.final, /Every edit that the search found has been tried/);

  const explained = await drive(model, repository.root, "explain", none.input);
  assert.match(explained.final, /It stands in the file now, and the tests pass with it/);

  const undone = await drive(model, repository.root, "undo that", explained.input);
  assert.match(undone.final, /^Taken back: clamp\.js:2/);
  assert.equal(read(), broken["clamp.js"]);

  const again = await drive(model, repository.root, "run the tests again", undone.input);
  assert.match(again.final, /`npm test` fails \(exit 1/);
});

test("takes back an edit that does not hold and tries the next", async () => {
  using repository = makeRepository(broken);
  const run = await drive(modelWith(reportOf([wrong, right])), repository.root, "fix the failing test");
  assert.match(run.final, /^Mended: /);
  assert.match(
    run.final,
    /Tried before it:\n- clamp\.js:2: `value > low` → `value >= low`.*did not pass the whole command, so I took it back/,
  );
  assert.match(readFileSync(join(repository.root, "clamp.js"), "utf8"), /value < low/);
});

test("says what it could not do and leaves the files", async () => {
  using repository = makeRepository(broken);
  const read = () => readFileSync(join(repository.root, "clamp.js"), "utf8");
  const allWrong = await drive(modelWith(reportOf([wrong])), repository.root, "fix the failing test");
  assert.match(allWrong.final, /none of them held\. No file is changed\./);
  assert.equal(read(), broken["clamp.js"]);
  const nothing = await drive(modelWith(reportOf([], "not_found")), repository.root, "fix the failing test");
  assert.match(nothing.final, /no single edit that I tried makes it pass\. No file is changed\./);
  assert.match(nothing.final, /- clamp\.js:2 \(0\.90\)/);
  const garbled = await drive(modelWith('{"fettle_search":1,"status":'), repository.root, "fix the failing test");
  assert.match(garbled.final, /ended without a readable report[\s\S]*tried 12 of 40/);
  assert.equal(read(), broken["clamp.js"]);
});

test("without permission to change, it proposes and applies only when told", async () => {
  using repository = makeRepository(broken);
  const read = () => readFileSync(join(repository.root, "clamp.js"), "utf8");
  const model = modelWith(reportOf([right]));
  const run = await drive(model, repository.root, "find the bug but don't change anything");
  assert.match(run.final, /nothing is changed/);
  assert.equal(read(), broken["clamp.js"]);
  const applied = await drive(model, repository.root, "apply it", run.input);
  assert.match(applied.final, /^Mended: /);
  assert.match(read(), /value < low/);
});

test("stops when the tests pass already, and when they cannot run", async () => {
  using good = makeRepository({
    "package.json": JSON.stringify({ scripts: { test: "node -e 0" } }),
  });
  const passing = await drive(modelWith(reportOf([right])), good.root, "make the tests pass");
  assert.match(passing.final, /^`npm test` passes as it stands/);
  assert.ok(!passing.commands.some((command) => command.includes("--seconds")));

  using lacking = makeRepository({ Makefile: "test:\n\tno-such-program-here --run\n" });
  const missing = await drive(modelWith(reportOf([right])), lacking.root, "the tests fail, fix it");
  assert.match(missing.final, /`make test` cannot run here: .*no-such-program-here/);

  using empty = makeRepository({});
  const nothing = await drive(modelWith(reportOf([right])), empty.root, "make the tests pass");
  assert.match(nothing.final, /I found no command that runs tests: the folder is empty/);
});

test("gives the search the named command, time and seed, whatever they hold", async () => {
  using repository = makeRepository({ "it's.sh": "exit 1\n" });
  const printer = `require("node:fs").writeFileSync("given.json", JSON.stringify(process.argv.slice(1)))`;
  const model = createOfflineModel({ searchProgram: [process.execPath, "-e", printer, "--"], seed: 1, seconds: 5 });
  await drive(model, repository.root, `\`sh "it's.sh"\` fails: fix it, for 60 seconds with seed 7`);
  const given: unknown = JSON.parse(readFileSync(join(repository.root, "given.json"), "utf8"));
  assert.deepEqual(given, ["--root", ".", "--test", `sh "it's.sh"`, "--seconds", "60", "--seed", "7"]);
});

test("only the search is kept from writing the workspace", async () => {
  using repository = makeRepository(broken);
  const { input } = await drive(modelWith(reportOf([right])), repository.root, "make the tests pass");
  const calls = input
    .flatMap((item) => (item.type === "output" ? item.parts : []))
    .filter((part) => part.type === "call");
  const shells = calls
    .filter((call) => call.name === "shell")
    .map((call): Record<string, unknown> => JSON.parse(call.arguments));
  const closed = shells.filter((args) => "read_only" in args);
  assert.equal(closed.length, 1);
  assert.equal(closed[0]?.read_only, true);
  assert.match(String(closed[0]?.command), /--root \. --test 'npm test'/);
});

test("the same conversation is answered the same, from any point on", async () => {
  using repository = makeRepository(broken);
  const report = reportOf([right, alsoRight]);
  const { input } = await drive(modelWith(report), repository.root, "make the tests pass");
  for (const [index, item] of input.entries()) {
    if (item.type !== "output") continue;
    // A new model knows nothing but the conversation, as after a kill.
    const outcome = await modelWith(report).stream(
      {
        instructions: "",
        tools: ["shell", "apply_patch", "update_plan"].map((name) => ({ name, description: "", parameters: {} })),
        input: input.slice(0, index),
        cacheKey: "",
      },
      () => {},
      new AbortController().signal,
    );
    assert.deepEqual(outcome.type === "completed" ? outcome.output : outcome, item.parts);
  }
});

const searchMain = fileURLToPath(new URL("../../../src/offline/search/main.ts", import.meta.url));

test("with the real search: finds and mends the bug by itself", {
  skip: existsSync(searchMain) ? false : "the search program is not there",
}, async () => {
  using repository = makeRepository(broken);
  const model = createOfflineModel({ searchProgram: [process.execPath, searchMain], seed: 1, seconds: 20 });
  const run = await drive(model, repository.root, "make the tests pass");
  assert.match(run.final, /^Mended: /);
});
