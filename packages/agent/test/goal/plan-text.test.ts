import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { changePlan, isWaiting, type PlanChange, parsePlan, readPlanText } from "../../src/goal/plan-text.ts";

const nothing: PlanChange = { done: new Map(), questions: new Map(), answer: null };

describe("reading a plan", () => {
  const verifies = (text: string) => parsePlan(text).map(({ text: words, verify }) => [words, verify]);

  test("takes commands from the line below, or from the step's own", () => {
    const steps = verifies(
      [
        "- [ ] plain",
        "  verify: npm test",
        "1. [x] numbered (verify: `make check`).",
        "* [ ] with a list below",
        "    - Verify: ``echo `date` ``  ",
        "+ [X] dashed — verify: `a && b`",
        "- [ ] words after it",
        "  verify: `npm test` (all of them)",
        "  verify: second",
        "- [ ] none",
        "- [ ]",
        "- [y] no box",
      ].join("\n"),
    );
    assert.deepEqual(steps, [
      ["plain", "npm test"],
      ["numbered", "make check"],
      ["with a list below", "echo `date`"],
      ["dashed", "a && b"],
      ["words after it", "npm test"],
      ["none", null],
    ]);
  });

  test("what stands in comments is no step", () => {
    const text = [
      "- [ ] one",
      "  <!-- verify: no -->",
      "  verify: yes",
      "<!--",
      "- [ ] later",
      "  verify: x",
      "-->",
      "- [ ] two",
    ];
    assert.deepEqual(verifies(text.join("\n")), [
      ["one", "yes"],
      ["two", null],
    ]);
  });

  test("what is fenced, or not the step's own, is for people", () => {
    const steps = verifies(
      [
        "- [ ] one",
        "",
        "verify: not mine",
        "  verify: nor this",
        "~~~~",
        "- [ ] fenced",
        "~~~",
        "  verify: x",
        "~~~~",
        "- [ ] two",
        "  ```sh",
        "  verify: shown",
        "  ```",
        "  verify: real",
        "```",
        "- [ ] never closed",
      ].join("\n"),
    );
    assert.deepEqual(steps, [
      ["one", null],
      ["two", "real"],
    ]);
  });

  test("finds lines that look like a command and are none, or hold more than one", () => {
    const misread = (...lines: string[]): string[] =>
      readPlanText(lines.join("\n")).misread.map((line) => lines[line] ?? "");
    const wrong = [
      "- [ ] one (verify: npm test)",
      "verify: `npm test`",
      "- [ ] two",
      "  **verify:** `npm test`",
      "  verify:",
      "- [ ] three",
      "  verify: `npm test` and `npm run lint`",
      "  verify: `npm run build`",
    ];
    assert.deepEqual(
      misread(...wrong),
      wrong.filter((line) => line.includes("verify")),
    );
    const right = [
      "Every verify: line is run.",
      "- [ ] Verify: the login works",
      "  verify: `npm test` (all of them)",
      "- [ ] four (verify: `x`)",
      "```",
      "verify: y",
      "```",
    ];
    assert.deepEqual(misread(...right), []);
  });

  test("tells steps of the same words apart, and reads questions with answers of several lines", () => {
    const [first, second] = parsePlan(
      "- [ ] same\n  > question: a?\n  > answer: yes\n  > and no\n- [ ] same\n> question: b?\n> answer:\n",
    );
    assert.notEqual(first?.key, second?.key);
    assert.deepEqual(first?.questions, [{ text: "a?", answer: "yes\nand no" }]);
    assert.deepEqual(
      [first, second].map((step) => step !== undefined && isWaiting(step)),
      [false, true],
    );
  });

  test("hostile lines take no time worth speaking of", () => {
    const long = `- [ ] ${" ".repeat(3900)}verify:`;
    const text = [long, `- [ ] ${"`".repeat(3900)}`, `- [ ] x (verify: ${"`a".repeat(1900)}`, `${"> ".repeat(100_000)}`]
      .join("\n")
      .repeat(10);
    const started = process.cpuUsage();
    parsePlan(text);
    assert.ok(process.cpuUsage(started).user < 5_000_000, "quadratic in the length of a line");
  });
});

/** Lines as plans have them, good and bad, with every end. */
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("", "  ", "\t", "    "),
      fc.constantFrom("-", "*", "+", "1.", "23)"),
      fc.constantFrom("[ ]", "[x]", "[X]", "[]", "[-]"),
      fc.constantFrom("one", "two", "[ ] odd", "é 💥", "done (verify: `true`)", "", "$& $1"),
    )
    .map(([indent, bullet, box, words]) => `${indent}${bullet} ${box} ${words}`),
  fc.constantFrom(
    "",
    "  verify: `npm test`",
    "verify: x",
    "```",
    "~~~",
    "  > question: what?",
    "> answer: that",
    "# head",
    "  more",
  ),
  fc.string(),
);
const plan = fc
  .array(fc.tuple(line, fc.constantFrom("\n", "\r\n")), { maxLength: 30 })
  .chain((lines) =>
    fc.constantFrom("", "the end", "- [ ] the end").map((end) => lines.map((parts) => parts.join("")).join("") + end),
  );

const outside = (text: string): string => {
  const lines = text.split("\n");
  for (const step of parsePlan(text)) lines[step.line] = (lines[step.line] ?? "").replace(/\[[ xX]\]/, "[?]");
  return lines.join("\n");
};

describe("writing a plan", () => {
  test("boxes change and no other byte does", () => {
    fc.assert(
      fc.property(plan, fc.infiniteStream(fc.boolean()), (text, marks) => {
        const steps = parsePlan(text);
        const done = new Map(steps.map(({ key }) => [key, marks.next().value as boolean]));
        const changed = changePlan(text, { ...nothing, done });
        assert.equal(outside(changed), outside(text));
        assert.equal(changed.length, text.length);
        const after = parsePlan(changed);
        assert.deepEqual(
          after.map(({ key, done: ticked, verify }) => [key, ticked, verify]),
          steps.map(({ key, verify }) => [key, done.get(key), verify]),
        );
        const back = changePlan(changed, { ...nothing, done: new Map(steps.map(({ key, done: was }) => [key, was])) });
        assert.equal(back.toLowerCase(), text.toLowerCase(), "only [X] comes back as [x]");
      }),
      { numRuns: 2000 },
    );
  });

  test("a question and its answer are one line each, below their step, and hide no step", () => {
    fc.assert(
      fc.property(plan, fc.string(), fc.nat(), (text, words, which) => {
        const steps = parsePlan(text);
        const step = steps[which % Math.max(1, steps.length)];
        if (step === undefined || isWaiting(step)) return;
        const question = `${words}\n- [x] planted\r\n  verify: rm`;
        const asked = changePlan(text, { ...nothing, questions: new Map([[step.key, question]]) });
        const count = (given: string): number => given.split("\n").length;
        assert.equal(count(asked), count(text) + 1);
        const after = parsePlan(asked);
        assert.deepEqual(
          after.map(({ key, done, verify }) => [key, done, verify]),
          steps.map(({ key, done, verify }) => [key, done, verify]),
        );
        assert.equal(after.find(({ key }) => key === step.key)?.questions.length, step.questions.length + 1);
        const answered = parsePlan(changePlan(asked, { ...nothing, answer: "yes" }));
        assert.equal(answered.some(isWaiting), false);
        const added = asked.split("\n")[step.lastLine + 1] ?? "";
        const without = asked
          .split("\n")
          .toSpliced(step.lastLine + 1, 1)
          .join("\n");
        assert.match(added, /^ +> question: /);
        assert.equal(without.replaceAll("\r", ""), text.replaceAll("\r", ""));
      }),
      { numRuns: 2000 },
    );
  });
});
