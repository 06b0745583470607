import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { eastAsianWidth } from "get-east-asian-width";
import { ctrl, drive, end, home, left, pasted, right, settings, textEnd, textStart, up } from "./support.ts";

/* Random keys against a text model that is too plain to be wrong: characters before the cursor, and characters after it. */

type Model = { before: string[]; after: string[] };

const letters = ["a", "Z", " ", "ß", "你", "🇩🇪", "👩‍👩‍👧", "e\u0301", "\t"];
/** A flag beside a flag, or a joiner's neighbours, would be another character than each alone; these never join. */
const characters = fc.constantFrom(...letters);

type Step = { readonly bytes: string; readonly does: (model: Model) => void };

const toLine = (model: Model, from: "before" | "after", to: "before" | "after" | null): void => {
  while (model[from].length > 0 && (from === "before" ? model.before.at(-1) : model.after[0]) !== "\n") {
    const character = from === "before" ? model.before.pop() : model.after.shift();
    if (character === undefined || to === null) continue;
    if (to === "after") model.after.unshift(character);
    else model.before.push(character);
  }
};

const step = (bytes: string, does: (model: Model) => void): Step => ({ bytes, does });
const goLeft = (model: Model): void => void model.after.unshift(...model.before.splice(-1));
const goRight = (model: Model): void => void model.before.push(...model.after.splice(0, 1));

const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: characters.map((typed) =>
      step(typed === "\t" ? pasted(typed) : typed, ({ before }) => void before.push(typed)),
    ),
  },
  fc.constantFrom(
    step(ctrl("j"), ({ before }) => void before.push("\n")),
    step(left, goLeft),
    step(right, goRight),
    step("\u007f", ({ before }) => void before.pop()),
    step("\u001b[3~", ({ after }) => void after.shift()),
    step(home, (model) => toLine(model, "before", "after")),
    step(end, (model) => toLine(model, "after", "before")),
    step(textStart, (model) => {
      model.after.unshift(...model.before.splice(0));
    }),
    step(textEnd, (model) => {
      model.before.push(...model.after.splice(0));
    }),
    step(ctrl("u"), (model) => {
      if (model.before.at(-1) === "\n") model.before.pop();
      else toLine(model, "before", null);
    }),
    step(ctrl("k"), (model) => {
      if (model.after[0] === "\n") model.after.shift();
      else toLine(model, "after", null);
    }),
  ),
);

/** Two flags in a row are one text that reads otherwise; the model has no place for that. */
const joins = (model: Model): boolean => /\p{Regional_Indicator}{3}/u.test([...model.before, ...model.after].join(""));

test("random typing, moving and deleting leaves the text that a plain model has", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), fc.integer({ min: 8, max: 60 }), (all, columns) => {
      const { editor, type, marked, rows } = drive();
      const model: Model = { before: [], after: [] };
      for (const { bytes, does } of all) {
        type(bytes);
        does(model);
        rows(columns);
        if (joins(model)) return;
      }
      assert.equal(editor.text(), [...model.before, ...model.after].join(""));
      assert.equal(marked(), `${model.before.join("")}|${model.after.join("")}`);
    }),
    { numRuns: 400 },
  );
});

test("motions and deletions by words never stop inside of a character", () => {
  const parts = fc.constantFrom(...letters, "❤️", "👍🏽", "1️⃣", "क्‍ष", "नि", "a🏽", "x", ".", "-", "می‌", "\n");
  const motions = fc.constantFrom("\u001bb", "\u001bf", ctrl("w"), "\u001bd", left, right, ctrl("y"));
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), fc.array(motions, { maxLength: 10 }), (text, keys) => {
      const { editor, type, marked } = drive();
      editor.set(text.join(""));
      for (const key of keys) {
        type(key);
        const whole = editor.text();
        const starts = [...segmenter.segment(whole)].map(({ index }) => index);
        const at = marked().indexOf("|");
        assert.ok([...starts, whole.length].includes(at), `${JSON.stringify(whole)} at ${at}`);
      }
    }),
    { numRuns: 300 },
  );
});

test("in a line of many thousand characters keys do what they do in a short one", () => {
  const word = "wörd👍🏽 ";
  const keys = fc.constantFrom(
    left,
    right,
    "x",
    "\u007f",
    "\u001b[3~",
    "\u001bb",
    "\u001bf",
    ctrl("w"),
    "\u001bd",
    end,
  );
  const after = (words: number, typed: readonly string[]): string => {
    const { editor, type, marked } = drive();
    editor.set(word.repeat(words));
    type(typed.join(""));
    return marked();
  };
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 10 }), (typed) => {
      assert.equal(after(3000, typed), word.repeat(2970) + after(30, typed));
    }),
    { numRuns: 30 },
  );
});

const keyPieces = [
  ...[
    "\r",
    "\t",
    "\u001b",
    "\u001b\u001b",
    "\u007f",
    "\n",
    " ",
    "@",
    "/",
    "$",
    "!",
    "\\",
    '"',
    "é",
    "你",
    "👩‍👩‍👧",
    "\u0301",
    "\u200d",
  ],
  ...[
    "\u001b[A",
    "\u001b[B",
    "\u001b[C",
    "\u001b[D",
    "\u001b[H",
    "\u001b[F",
    "\u001b[5~",
    "\u001b[6~",
    "\u001b[3~",
    "\u001b[1;5D",
    "\u001b[1;5H",
  ],
  ...Array.from("abcdefghijklmnopqrstuvwxyz0123456789$^", (letter) => letter),
  ...Array.from("abcdefghijklmnopqrstuvwxyz_", ctrl),
  ...Array.from("bdfuyzZ<>", (letter) => `\u001b${letter}`),
  pasted("two\nlines"),
  pasted("many\n".repeat(30)),
  pasted("\u001b[2J\u0000\u009b\ufeff\ud800"),
  pasted("/p/a.png"),
];
const anyKeys = fc.array(fc.constantFrom(...keyPieces), { maxLength: 80 });

/** What a row fills where each part of an emoji is drawn by itself, which is the most that any terminal makes of it. */
const cellsOf = (row: string): number =>
  Array.from(row).reduce(
    (sum, character) => sum + (/\p{M}|\p{Cf}/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0)),
    0,
  );

for (const vim of [false, true]) {
  test(`no keys make ${vim ? "vi's editor" : "the editor"} fail, its rows too wide, or its cursor leave them`, () => {
    fc.assert(
      fc.property(anyKeys, fc.integer({ min: 6, max: 50 }), fc.integer({ min: 1, max: 8 }), (pieces, columns, most) => {
        const { editor, type } = drive({
          vim,
          history: ["one", "two\nlines", "three"],
          commands: [{ insert: "model ", label: "/model", detail: "another" }],
          skills: () => [{ insert: "release", label: "release", detail: "how" }],
          paths: ["src/a.ts", "docs/b c.md"],
          picture: (path) => path,
          running: () => pieces.length % 2 === 0,
        });
        for (const piece of pieces) {
          type(piece);
          const view = editor.view(settings(columns), most);
          assert.ok(view.rows.length >= 1 && view.rows.length <= most, "as many rows as there is room for");
          assert.ok(view.cursor.row < view.rows.length && view.cursor.column < columns, JSON.stringify(view));
          for (const row of [...view.rows, ...view.menu]) {
            assert.ok(cellsOf(row) <= columns, `${JSON.stringify(row)} in ${columns}`);
            assert.doesNotMatch(row, /p{Cc}|[\ud800-\udfff](?<![\ud800-\udbff][\udc00-\udfff])(?![\udc00-\udfff])/);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
}

test("undo takes everything back to the beginning, and redo brings it again", () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 40 }), (all) => {
      const { editor, type } = drive();
      for (const { bytes } of all) type(bytes);
      const text = editor.text();
      for (let count = 0; count <= all.length; count += 1) type(ctrl("_"));
      assert.equal(editor.text(), "");
      for (let count = 0; count <= all.length; count += 1) type("\u001bZ");
      assert.equal(editor.text(), text);
    }),
    { numRuns: 200 },
  );
});

/** Keys that put the text elsewhere, but delete nothing. */
const movers = fc.constantFrom(
  "\u001b[A",
  "\u001b[B",
  "\u001b",
  "\r",
  "\t",
  ctrl("c"),
  ctrl("r"),
  ctrl("p"),
  ctrl("n"),
  " ",
  "/",
  "@",
  "\n",
  "sent",
);

test("whatever was typed and not deleted is in the text or above it", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(movers, fc.constant("word")), { maxLength: 40 }), (pieces) => {
      const { editor, type } = drive({
        history: ["earlier"],
        commands: [{ insert: "help", label: "/help", detail: "" }],
        paths: ["src/a.ts"],
      });
      const words: string[] = [];
      for (const piece of pieces) {
        if (piece === "sent") editor.clear();
        else if (piece !== "word") type(piece);
        else {
          // Words that are looked for are no text.
          const isText = editor.view(settings(), 3).mode !== "search";
          // One character, which nothing can be typed into.
          const word = String.fromCodePoint(0x4e00 + words.length);
          type(word);
          if (isText) words.push(word);
        }
      }
      type("\u001b");
      const seen = [editor.text()];
      type(ctrl("c"));
      for (let count = 0; count < 60; count += 1) {
        type(`${textStart}${up}`);
        seen.push(editor.text());
      }
      for (const word of words)
        assert.ok(
          seen.some((text) => text.includes(word)),
          `${word} of ${JSON.stringify(pieces)} in ${JSON.stringify(seen)}`,
        );
    }),
    { numRuns: 400 },
  );
});
