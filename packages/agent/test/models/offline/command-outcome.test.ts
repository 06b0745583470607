import assert from "node:assert/strict";
import { test } from "node:test";
import { isCut, outputLines, readOutcome } from "../../../src/models/offline/command-outcome.ts";
import { describeMissing, missingParts } from "../../../src/models/offline/missing-parts.ts";

test("reads every form of the shell tool's answer", () => {
  const none = { code: null, session: null, seconds: 0 };
  const table: [string, ReturnType<typeof readOutcome>][] = [
    ["exit 0 · 0.34 s\nok\n", { state: "exited", code: 0, session: null, seconds: 0.34, output: "ok\n" }],
    ["exit 127 · 12.00 s\n", { state: "exited", code: 127, session: null, seconds: 12, output: "" }],
    [
      "running · session 3 · 10.0 s\nso far",
      { state: "running", code: null, session: 3, seconds: 10, output: "so far" },
    ],
    [
      "signal SIGKILL · 1.00 s\nx",
      { state: "killed", code: null, session: null, seconds: 1, output: "x\n(signal SIGKILL)" },
    ],
    ["timed out · 1.00 s\nx", { state: "killed", code: null, session: null, seconds: 1, output: "x\n(timed out)" }],
    ["not started: no sandbox", { state: "refused", ...none, output: "not started: no sandbox" }],
    ["", { state: "lost", ...none, output: "" }],
    [
      "not run: the user interrupted before it started",
      { state: "lost", ...none, output: "not run: the user interrupted before it started" },
    ],
  ];
  for (const [text, outcome] of table) assert.deepEqual(readOutcome(text), outcome);
});

test("does not take the note of what was left out for output", () => {
  const cut = readOutcome("exit 0 · 0.10 s\na\n… 12,345 bytes left out; whole output: /x/y.txt …\nb\n");
  assert.deepEqual([outputLines(cut), isCut(cut)], [["a", "b"], true]);
  assert.equal(isCut(readOutcome("exit 0 · 0.10 s\na\n")), false);
});

test("tells what is not installed from what fails", () => {
  const table: [string, number, string | null][] = [
    ["> mocha\n\nsh: 1: mocha: not found\n", 127, "the program mocha"],
    ["/bin/sh: line 1: pytest: command not found", 127, "the program pytest"],
    ["make: no-such: No such file or directory\nmake: *** [Makefile:2: test] Error 127\n", 2, "the program no-such"],
    ["Error: Cannot find module 'lodash'\nRequire stack:", 1, "the module lodash"],
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@a/b' imported from", 1, "the module @a/b"],
    ["/usr/bin/python3: No module named pytest", 1, "the module pytest"],
    ["Error: Cannot find module './helper'", 1, null],
    ["Error: Cannot find module 'node:nothing'", 1, null],
    ["AssertionError: 1 !== 2\nCannot find module 'x'", 1, null],
    ["not ok 1 - adds", 1, null],
    ["", 127, "a program that it starts"],
  ];
  for (const [output, code, words] of table) {
    const missing = missingParts(output, code);
    assert.equal(missing === null ? null : describeMissing(missing), words, output);
  }
});
