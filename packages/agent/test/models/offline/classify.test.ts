import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { classify, type Intent, isHint, limitsIn } from "../../../src/models/offline/classify.ts";

const repair: Intent = { kind: "repair", keep: false };
const first: readonly [string, Intent][] = [
  ["make the tests pass", repair],
  ["Please fix the failing test", repair],
  ["can you fix the tests?", repair],
  ["the tests fail in src/range.js", repair],
  ["`npm run unit` fails", repair],
  ["fix bug in the date parser", repair],
  ["get the build green", repair],
  ["it crashes on empty input: the suite is red", repair],
  ["find and fix the bug", repair],
  ["find the bug but don't change anything", { kind: "repair", keep: true }],
  ["run the tests", { kind: "run_tests" }],
  ["please run `npm test`, the whole suite", { kind: "run_tests" }],
  ["which tests fail?", { kind: "run_tests" }],
  ["do the tests pass?", { kind: "run_tests" }],
  ["where is parseRange defined?", { kind: "question", question: { kind: "define", subject: "parseRange" } }],
  ["Where is the function `clamp`?", { kind: "question", question: { kind: "define", subject: "clamp" } }],
  ["where is clamp used", { kind: "question", question: { kind: "uses", subject: "clamp" } }],
  ["who calls Foo.bar()?", { kind: "question", question: { kind: "uses", subject: "Foo.bar()" } }],
  ["which tests cover parse_range?", { kind: "question", question: { kind: "tested", subject: "parse_range" } }],
  ["which tests cover clamp?", { kind: "question", question: { kind: "tested", subject: "clamp" } }],
  [
    "which unit test files exercise the clamp function?",
    {
      kind: "question",
      question: { kind: "tested", subject: "clamp" },
    },
  ],
  ["what tests clamp?", { kind: "question", question: { kind: "tested", subject: "clamp" } }],
  ["what covers clamp?", { kind: "question", question: { kind: "tested", subject: "clamp" } }],
  ["which tests cover it?", { kind: "question", question: { kind: "tested", subject: null } }],
  ["which tests cover the date parser?", { kind: "question", question: { kind: "find", words: ["date", "parser"] } }],
  ["where is cover tested?", { kind: "question", question: { kind: "tested", subject: "cover" } }],
  ["what tests are failing?", { kind: "run_tests" }],
  ["where is clamp tested?", { kind: "question", question: { kind: "tested", subject: "clamp" } }],
  ["what does the function clamp do?", { kind: "question", question: { kind: "explain", subject: "clamp" } }],
  ["explain src/clamp.js", { kind: "question", question: { kind: "explain", subject: "src/clamp.js" } }],
  ["What is in this repository?", { kind: "question", question: { kind: "overview" } }],
  ["explain this project", { kind: "question", question: { kind: "overview" } }],
  ["how do I run it?", { kind: "question", question: { kind: "how_to_run" } }],
  ["how do I run the tests?", { kind: "question", question: { kind: "how_to_run" } }],
  ["list the TODOs", { kind: "question", question: { kind: "todos" } }],
  [
    "where do we parse the request header?",
    { kind: "question", question: { kind: "find", words: ["parse", "request", "header"] } },
  ],
  ["write a parser for TOML", { kind: "other" }],
  ["fix the typos in the README", { kind: "other" }],
  ["hello", { kind: "other" }],
  ["", { kind: "other" }],
];

const later: readonly [string, Intent][] = [
  ["try another", { kind: "another", number: null }],
  ["another one please.", { kind: "another", number: null }],
  ["try alternative 2", { kind: "another", number: 2 }],
  ["use the second one", { kind: "another", number: 2 }],
  ["apply it", { kind: "another", number: null }],
  ["what alternatives are there?", { kind: "alternatives" }],
  ["undo that", { kind: "undo" }],
  ["please revert it", { kind: "undo" }],
  ["explain", { kind: "explain_change" }],
  ["why?", { kind: "explain_change" }],
  ["what did you change?", { kind: "explain_change" }],
  ["try longer", { kind: "search_more" }],
  ["run the tests again", { kind: "run_tests" }],
  ["continue", { kind: "hint", stop: false }],
  ["thanks!", { kind: "courtesy" }],
  ["stop", { kind: "hint", stop: true }],
  ["where is it used?", { kind: "question", question: { kind: "uses", subject: null } }],
  ["explain clamp", { kind: "question", question: { kind: "explain", subject: "clamp" } }],
  ["make the tests pass", repair],
];

test("sorts a first prompt", () => {
  for (const [text, intent] of first) assert.deepEqual(classify(text, false), intent, text);
});

test("sorts a follow-up", () => {
  for (const [text, intent] of later) assert.deepEqual(classify(text, true), intent, text);
});

test("reads time, seed and command", () => {
  assert.deepEqual(limitsIn("fix it, for 60 seconds, seed 7"), { seconds: 60, seed: 7 });
  assert.deepEqual(limitsIn("search 2 minutes with seed=3"), { seconds: 120, seed: 3 });
  assert.deepEqual(limitsIn("`npm run unit -- --bail` fails"), { command: "npm run unit -- --bail" });
  assert.deepEqual(limitsIn("npm run test:unit fails since today"), { command: "npm run test:unit" });
  assert.deepEqual(limitsIn("pytest tests/test_a.py fails"), { command: "pytest tests/test_a.py" });
  assert.deepEqual(limitsIn("go test ./... is red"), { command: "go test ./..." });
  assert.deepEqual(limitsIn("make tests pass"), {});
  assert.deepEqual(limitsIn("make the tests pass in `src/a.js`"), {});
  assert.deepEqual(limitsIn("0 seconds"), { seconds: 1 });
});

test("knows words that only add to what was asked", () => {
  for (const text of ["continue", "go on", "use `npm run unit`", "for 60 seconds", "seed 4", "stop"])
    assert.ok(isHint(text), text);
  for (const text of ["make the tests pass", "where is clamp?", "fix it in 30 s"]) assert.ok(!isHint(text), text);
});

test("any text has a meaning", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.boolean(), (text, follows) => {
      assert.equal(typeof classify(text, follows).kind, "string");
    }),
  );
});
