import assert from "node:assert/strict";
import { test } from "node:test";
import { ctrl, drive, keymap, textEnd, textStart } from "./support.ts";

/** What stands there, keys in normal mode from the text's beginning, and what stands there then: the bar is before the character under the cursor. */
const commands: readonly (readonly [string, string, string])[] = [
  ["one two", "w", "one |two"],
  ["one two", "e", "on|e two"],
  ["one two", "ee", "one tw|o"],
  ["one.two three", "W", "one.two |three"],
  ["one two three", "2w", "one two |three"],
  ["one two", "wb", "|one two"],
  ["one two", "$", "one tw|o"],
  ["  one", "$^", "  |one"],
  ["  one", "$0", "|  one"],
  ["one\ntwo\nthree", "jl", "one\nt|wo\nthree"],
  ["one\ntwo\nthree", "G", "one\ntwo\n|three"],
  ["one\ntwo\nthree", "Ggg", "|one\ntwo\nthree"],
  ["one\ntwo\nthree", "2G", "one\n|two\nthree"],
  ["a,b,c", "2f,", "a,b|,c"],
  ["a,b,c", "$T,", "a,b,|c"],
  ["one two", "x", "|ne two"],
  ["one two", "3x", "| two"],
  ["one two", "$X", "one t|o"],
  ["one two", "dw", "|two"],
  ["one two", "wdw", "one| "],
  ["one two three", "d2w", "|three"],
  ["one two three", "2dw", "|three"],
  ["one two", "wd0", "|two"],
  ["one two", "wD", "one| "],
  ["one\ntwo\nthree", "dd", "|two\nthree"],
  ["one\ntwo\nthree", "2dd", "|three"],
  ["one\ntwo\nthree", "jdk", "|three"],
  ["one\ntwo\nthree", "dG", "|"],
  ["one\ntwo", "ddp", "two\n|one"],
  ["one\ntwo", "yyjp", "one\ntwo\n|one"],
  ["one\ntwo", "jyykP", "|two\none\ntwo"],
  ["one two", "ywP", "one| one two"],
  ["ab", "xp", "b|a"],
  ["one two", "dwu", "|one two"],
  ["one two", `dwu${ctrl("r")}`, "|two"],
  ["one two", "vey", "|one two"],
  ["one two", "ved", "| two"],
  ["one two", "wvd", "one |wo"],
  ["one\ntwo\nthree", "Vjd", "|three"],
  ["a.b c", "dfb", "| c"],
  ["a.b c", "dtb", "|b c"],
  ["one two", "dzx", "|ne two"],
];

for (const [text, keys, expected] of commands) {
  test(`${JSON.stringify(text)}: ${JSON.stringify(keys)}`, () => {
    const { editor, type } = drive({ vim: true });
    editor.set(text);
    type(`${textStart}\u001b`);
    type(`${keys}i\u2038`);
    assert.equal(editor.text().replace("\u2038", "|"), expected);
  });
}

const inserts: readonly (readonly [string, string, string])[] = [
  ["one", "aX", "oXne"],
  ["one", "AX", "oneX"],
  ["  one", "IX", "  Xone"],
  ["one\ntwo", "oX", "one\nX\ntwo"],
  ["one\ntwo", "OX", "X\none\ntwo"],
  ["one two", "cwX", "X two"],
  ["one two", "wCX", "one X"],
  ["one two", "ccX", "X"],
  ["one two", "sX", "Xne two"],
  ["one two", "vecX", "X two"],
  ["one two", "c0X", "Xone two"],
];

for (const [text, keys, expected] of inserts) {
  test(`${JSON.stringify(text)}: ${JSON.stringify(keys)} types text`, () => {
    const { editor, type } = drive({ vim: true });
    editor.set(text);
    type(`${textStart}\u001b`);
    type(keys);
    assert.equal(editor.text(), expected);
  });
}

test("one begins by typing; Escape leaves that, and a second one is the app's", () => {
  const { editor, type } = drive({ vim: true });
  const mode = () => editor.view({ columns: 40, verbosity: "normal", colours: "none", plain: false }, 5).mode;
  assert.deepEqual(type("hello"), []);
  assert.equal(mode(), "text");
  assert.deepEqual(type("\u001b"), []);
  assert.equal(mode(), "vim-normal");
  assert.deepEqual(type("\u001b"), [false]);
  type("v");
  assert.equal(mode(), "vim-visual");
  type("\u001b");
  assert.equal(mode(), "vim-normal");
  assert.deepEqual(type("\r"), [{ type: "submit", text: "hello", images: [] }]);
});

test("vi's keys and one's own may be known only after the first letters", () => {
  const config = { vim: false, keymap: keymap() };
  const { editor, type } = drive({
    get vim() {
      return config.vim;
    },
    get keymap() {
      return config.keymap;
    },
  });
  type("one two");
  config.vim = true;
  config.keymap = keymap({ submit: "ctrl-x" });
  type("\u001b");
  type("0dw");
  assert.equal(editor.text(), "two");
  assert.deepEqual(type(ctrl("x")), [{ type: "submit", text: "two", images: [] }]);
});

test("a folded paste is one character to vi too", () => {
  const { editor, type } = drive({ vim: true });
  const text = "line\n".repeat(20);
  type(`a\u001b[200~${text}\u001b[201~\u001b`);
  type("x");
  assert.equal(editor.text(), "a");
  type("pp");
  assert.equal(editor.text(), `a${text}${text}`);
});

test("other keys do what they do without vi", () => {
  const { editor, type } = drive({ vim: true });
  type(`one two\u001b${textEnd}${ctrl("w")}`);
  assert.equal(editor.text(), "one ");
});
