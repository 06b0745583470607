import assert from "node:assert/strict";
import { test } from "node:test";
import type { Question } from "@fettle/agent";
import fc from "fast-check";
import {
  type Answered,
  type Answering,
  asked,
  nothingAsked,
  questionKey,
  unsentWords,
  withdrawn,
} from "../../../src/tui/input/approval.ts";
import { answeringView } from "../../../src/tui/input/approval-view.ts";
import { ctrl, drive, keymap, keysOf, pasted, settings } from "./support.ts";

const rule = (...words: string[]): string =>
  `[[rule]]\nprefix = ${JSON.stringify(words)}\nexact = true\ndecision = "allow"\n`;

const command = (id: string, more: Partial<Question> = {}): Question => ({
  id,
  type: "approval",
  status: "in_progress",
  subject: { kind: "command", command: `make ${id}`, cwd: "/w", run: "host" },
  why: "it asks to run outside of the sandbox",
  choices: ["once", "thread", "always", "no"],
  proposal: rule("make", id),
  ...more,
});

const keys = keymap();

/** Questions above an editor, driven by bytes as the app does: the question first, the editor with what it leaves. */
const attend = (...questions: readonly Question[]) => {
  const { editor, type: plainType } = drive();
  let state: Answering = questions.reduce(asked, nothingAsked);
  const answers: Answered[] = [];
  const left: string[] = [];
  return {
    editor,
    answers,
    /** Keys that neither side wanted. */
    left,
    state: () => state,
    type: (bytes: string, ready = true) => {
      for (const key of keysOf(bytes)) {
        const step = questionKey(state, key, { empty: editor.text() === "", ready, keymap: keys });
        state = step.state;
        if (step.answered !== undefined) answers.push(step.answered);
        if (step.unsent !== undefined) plainType(pasted(step.unsent));
        if (!step.used && editor.key(key) === false) left.push(key.name);
      }
    },
    view: (columns = 100, most = 30) => {
      const view = answeringView(state, settings(columns), { empty: editor.text() === "", keymap: keys }, most);
      state = view.state;
      return view;
    },
    change: (next: (now: Answering) => Answering) => {
      state = next(state);
    },
  };
};

test("its keys count while nothing is typed", () => {
  const { type, answers, editor } = attend(command("a"), command("b"), command("c"));
  type("ot");
  assert.deepEqual(answers, [
    { id: "a", answer: { choice: "once", by: "person" } },
    { id: "b", answer: { choice: "thread", by: "person" } },
  ]);
  type("n\r");
  assert.deepEqual(answers[2], { id: "c", answer: { choice: "no", by: "person" } });
  assert.equal(editor.text(), "");
});

test("what is being typed stays, and its letters answer nothing", () => {
  const { type, answers, editor, view, state } = attend(command("a"));
  type("make it so, not now");
  assert.equal(editor.text(), "make it so, not now");
  assert.deepEqual(answers, []);
  assert.match(view().rows.at(-1) ?? "", /^ {2}ctrl-o goes to the question; what you type stays$/);
  type(ctrl("o"));
  assert.equal(state().focused, true);
  type("o");
  assert.equal(answers.length, 1);
  assert.equal(editor.text(), "make it so, not now");
});

test("a letter that was on its way when the question came up is typed", () => {
  const { type, answers, editor } = attend(command("a"));
  type("n", false);
  assert.deepEqual(answers, []);
  assert.equal(editor.text(), "n");
});

test("a letter that is no answer goes into the text, and the next ones too", () => {
  const { type, answers, editor } = attend(command("a"));
  type("hello not");
  assert.equal(editor.text(), "hello not");
  type(`${ctrl("o")}xo`);
  assert.equal(editor.text(), "hello notxo");
  assert.deepEqual(answers, []);
});

test("what is pasted is text, though it be a letter that answers", () => {
  const { type, answers, editor } = attend(command("a"));
  type(pasted("o"));
  assert.deepEqual(answers, []);
  assert.equal(editor.text(), "o");
});

test("no takes a word to the model", () => {
  const { type, answers, view } = attend(command("a"));
  type("nuse the Makefile\u001b[D\u001b[D");
  const { cursor, rows } = view();
  assert.deepEqual(rows.at(-1), "  › use the Makefile");
  assert.deepEqual(cursor, { row: rows.length - 1, column: 18 });
  type(`${pasted("two\nlines")}\r`);
  assert.deepEqual(answers, [
    { id: "a", answer: { choice: "no", by: "person", message: "use the Makefitwo linesle" } },
  ]);
});

test("Escape goes back without an answer, and then it is the app's", () => {
  const { type, answers, left, state } = attend(command("a"));
  type("nsome words");
  type("\u001b");
  assert.deepEqual(state().stage, { kind: "choose" });
  assert.deepEqual(left, []);
  type("\u001b");
  assert.deepEqual(left, ["escape"]);
  assert.deepEqual(answers, []);
});

test("always shows what would be written and lets it be changed, as without the terminal program", () => {
  const proposal = `${rule("make", "a")}${rule("make", "b")}`;
  const { type, answers, view } = attend(command("a", { proposal }));
  assert.match(view().rows.join("\n"), /always would add: \[\[rule\]\] ⏎ prefix = \["make","a"\]/);
  type("a");
  assert.equal(view().rows.at(-1), '  › ["make","a"]');
  type(`${ctrl("u")}["make"]\r`);
  assert.equal(view().rows.at(-1), '  › ["make","b"]');
  type(`${ctrl("u")}\r`);
  assert.deepEqual(answers, [
    {
      id: "a",
      answer: { choice: "always", by: "person", proposal: '[[rule]]\nprefix = ["make"]\ndecision = "allow"' },
    },
  ]);
});

test("what was changed is shown with what it allows, and written when it is answered so again", () => {
  const question = command("a");
  const { type, answers, view, change } = attend(question);
  change((now) => asked(now, { ...question, changed: { ok: true, allows: ["every make"] } }));
  assert.match(view().rows.join("\n"), /that allows every make/);
  type("a\r");
  assert.deepEqual(answers, [
    { id: "a", answer: { choice: "always", by: "person", proposal: question.proposal ?? "" } },
  ]);
});

test("nothing left of what always writes is no answer", () => {
  const { type, answers, state } = attend(command("a"));
  type(`a${ctrl("u")}\r`);
  assert.deepEqual(answers, []);
  assert.deepEqual(state().stage, { kind: "choose" });
});

test("a server's question takes words as its answer", () => {
  const { type, answers, view } = attend(
    command("a", {
      subject: { kind: "elicitation", server: "hub", asks: "Which name?", fields: ["name"] },
      choices: ["once", "no"],
    }),
  );
  type("t");
  assert.deepEqual(answers, []);
  type(`\u007fo{"name": "x"}`);
  assert.match(view().rows.join("\n"), /your answer/);
  type("\r");
  assert.deepEqual(answers, [{ id: "a", answer: { choice: "once", by: "person", message: '{"name": "x"}' } }]);
});

test("a question that was withdrawn takes nothing with it but itself", () => {
  const { type, answers, change, state } = attend(command("a"), command("b"));
  type("nwords");
  change((now) => withdrawn(now, "b"));
  assert.equal(state().stage.kind, "word");
  change((now) => withdrawn(now, "a"));
  assert.deepEqual(state(), nothingAsked);
  assert.deepEqual(answers, []);
});

test("a long patch is read in pieces; its choices are always in sight", () => {
  const diff = Array.from({ length: 60 }, (_, index) => `+line ${index}`).join("\n");
  const { view, type } = attend(command("a", { subject: { kind: "patch", paths: ["a.ts"], diff } }));
  const first = view(80, 12);
  assert.equal(first.rows.length, 12);
  assert.match(first.rows.join("\n"), /line 0\n/);
  assert.match(first.rows.join("\n"), /rows below: PgUp, PgDn/);
  assert.match(first.rows.at(-1) ?? "", /\[o\]nce/);
  type("\u001b[6~".repeat(40));
  assert.match(view(80, 12).rows.join("\n"), /line 59/);
  type("\u001b[5~");
  assert.match(view(80, 12).rows.join("\n"), /rows above, 5 rows below/);
});

test("whatever is typed beside questions is in the text, in an answer, or was a choice", () => {
  const pieces = fc.constantFrom("word", " ", ctrl("o"), "\u001b", "\r", "n", "a", "o", "t", "x", "\u001b[A");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), fc.boolean(), (all, ready) => {
      // Without "always", whose line is a rule and no words.
      const put = ["a", "b", "c"].map((id) => command(id, { choices: ["once", "thread", "no"] }));
      const { type, editor, answers, state, view } = attend(...put);
      let words = 0;
      for (const piece of all) {
        type(piece === "word" ? "zq" : piece, ready);
        if (piece === "word") words += 1;
        for (const row of view(40, 10).rows) assert.ok(row.length <= 40, row);
      }
      const kept = [editor.text(), unsentWords(state()), ...answers.map(({ answer }) => answer.message ?? "")].join(
        "\n",
      );
      assert.equal(kept.split("zq").length - 1, words);
    }),
    { numRuns: 300 },
  );
});
