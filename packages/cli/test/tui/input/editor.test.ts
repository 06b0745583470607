import assert from "node:assert/strict";
import { test } from "node:test";
import { ctrl, down, drive, end, home, left, pasted, right, textEnd, textStart, up } from "./support.ts";

const alt = (letter: string): string => `\u001b${letter}`;

/** Text, keys, and the text after them with a bar at the cursor. */
const edits: readonly (readonly [string, string, string, string])[] = [
  ["letters go where the cursor is", "ab", `${left}x`, "ax|b"],
  ["to the line's beginning", "one\ntwo", ctrl("a"), "one\n|two"],
  ["to the line's end", "one\ntwo", `${up}${home}${end}`, "one|\ntwo"],
  ["to the text's ends", "one\ntwo", `${textStart}x${textEnd}y`, "xone\ntwoy|"],
  ["left goes over a line's end", "a\nb", `${left}${left}`, "a|\nb"],
  ["right too", "a\nb", `${textStart}${right}${right}`, "a\n|b"],
  ["a flag and a family are one character each", "🇩🇪👩‍👩‍👧", left, "🇩🇪|👩‍👩‍👧"],
  ["an accent goes with its letter", "ae\u0301", "\u007f", "a|"],
  ["words, and signs between them", "foo.bar baz", alt("b"), "foo.bar |baz"],
  ["signs count as a word", "foo.bar", `${alt("b")}${alt("b")}`, "foo|.bar"],
  ["to a word's end", "foo bar", `${home}${alt("f")}`, "foo| bar"],
  ["words of another script", "привет мир", `${alt("b")}${alt("b")}`, "|привет мир"],
  ["a word is cut", "foo bar", ctrl("w"), "foo |"],
  ["the word after is cut", "foo bar", `${home}${alt("d")}`, "| bar"],
  ["the line's rest is cut", "one\ntwo", `${up}${home}${ctrl("k")}`, "|\ntwo"],
  ["at the line's end its break is cut", "one\ntwo", `${up}${end}${ctrl("k")}`, "one|two"],
  ["to the line's beginning is cut", "one two", `${alt("b")}${ctrl("u")}`, "|two"],
  ["at a line's beginning the break before it", "one\ntwo", `${home}${ctrl("u")}`, "one|two"],
  [
    "what is cut one after another comes back as one",
    "one two three",
    `${ctrl("w")}${ctrl("w")}${home}${ctrl("y")}`,
    "two three|one ",
  ],
  ["what was cut before comes instead", "one two", `${ctrl("w")}x${ctrl("w")}${ctrl("y")}${alt("y")}`, "one two|"],
  ["delete takes the character after", "ab", `${home}\u001b[3~`, "|b"],
  ["a new line", "ab", `${left}\u001b\rc${ctrl("j")}d`, "a\nc\nd|b"],
  ["shift-enter is a new line", "ab", "\u001b[13;2u", "ab\n|"],
  ["backslash and Enter are a new line", "ab\\", "\r", "ab\n|"],
  ["undo takes a word at a time", "", `one two three${ctrl("_")}`, "one two |"],
  ["and again", "", `one two three${ctrl("_")}${ctrl("_")}`, "one |"],
  ["redo", "", `one two${ctrl("_")}${ctrl("_")}${alt("Z")}`, "one |"],
  ["undo of a cut", "one two", `${ctrl("u")}${ctrl("_")}`, "one two|"],
  ["rows are kept by cells: wide characters", "你好吗\nabcdef", `${up}${down}`, "你好吗\nabcdef|"],
  ["up keeps its column over a short line", "abcdef\n\nabcdef", `${left}${up}${up}`, "abcde|f\n\nabcdef"],
];

for (const [name, text, keys, expected] of edits) {
  test(name, () => {
    const { editor, type, marked, rows } = drive();
    editor.set(text);
    rows();
    type(keys);
    assert.equal(marked(), expected);
  });
}

test("rows wrap behind blanks, and the cursor is where the next letter goes", () => {
  const { type, editor, rows } = drive();
  type("the quick brown fox 你好你好你好");
  assert.deepEqual(rows(18), ["› the quick ", "  brown fox ", "  你好你好你好"]);
  const { cursor } = editor.view({ columns: 18, verbosity: "normal", colours: "none", plain: false }, 10);
  assert.deepEqual(cursor, { row: 2, column: 14 });
  type(up);
  assert.deepEqual(editor.view({ columns: 18, verbosity: "normal", colours: "none", plain: false }, 10).cursor, {
    row: 1,
    column: 11,
  });
});

test("more rows than there is room for: what is around the cursor, and marks where there is more", () => {
  const { type, rows, editor } = drive();
  editor.set(Array.from({ length: 20 }, (_, index) => `line ${index}`).join("\n"));
  assert.deepEqual(rows(40, 3), ["↑ line 17", "  line 18", "  line 19"]);
  type(up.repeat(5));
  assert.deepEqual(rows(40, 3), ["↑ line 14", "  line 15", "↓ line 16"]);
  type(textStart);
  assert.deepEqual(rows(40, 3), ["› line 0", "  line 1", "↓ line 2"]);
});

test("what a terminal would obey is shown and not written", () => {
  const { editor, type, rows } = drive();
  type(pasted("a\u001b[31mb\u0007\u202ec\td"));
  assert.deepEqual(rows(), ["› a␛[31mb\ufffd<U+202E>c    d"]);
  assert.equal(editor.text(), "a\u001b[31mb\u0007\u202ec\td");
});

test("a paste of 10,000 lines is one mark: stepped over, deleted, undone and sent as one", () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `line ${index}`).join("\n");
  const { editor, type, rows } = drive();
  type(`a ${pasted(text.replaceAll("\n", "\r\n"))} b`);
  assert.deepEqual(rows(), ["› a [paste #1 +10,000 lines] b"]);
  assert.equal(editor.text(), `a ${text} b`);
  type(`${left}${left}\u007f`);
  assert.equal(editor.text(), "a  b");
  type(ctrl("_"));
  const [effect] = type("\r");
  assert.deepEqual(effect, { type: "submit", text: `a ${text} b`, images: [] });
  type("\u001bu");
  assert.equal(rows(40, 3).length, 3);
  assert.equal(editor.text(), `a ${text} b`);
  type(ctrl("_"));
  assert.deepEqual(rows(), ["› a [paste #1 +10,000 lines] b"]);
});

test("a combining character after a folded paste does not become a part of it", () => {
  const { editor, type } = drive();
  const text = "x\n".repeat(20);
  type(`${pasted(text)}\u0301`);
  type("\u007f");
  assert.equal(editor.text(), text);
});

test("Enter sends, the text stays until it is taken, and comes back with Up", () => {
  const { editor, type } = drive({ history: ["before"] });
  assert.deepEqual(type("  hello\r"), [{ type: "submit", text: "hello", images: [] }]);
  assert.equal(editor.text(), "  hello");
  editor.clear();
  assert.equal(editor.text(), "");
  type(up);
  assert.equal(editor.text(), "  hello");
  type(up);
  assert.equal(editor.text(), "before");
  assert.deepEqual(type(ctrl("c")), []);
  assert.deepEqual(type("\r"), []);
});

test("what is being written waits below the history, with what was changed in it", () => {
  const { editor, type } = drive({ history: ["one", "two"] });
  type(`draft${up}!${up}?${down}${down}`);
  assert.equal(editor.text(), "draft");
  type(up);
  assert.equal(editor.text(), "two!");
  type("\r");
  editor.clear();
  const seen = ["", "", ""].map(() => {
    type(up);
    return editor.text();
  });
  assert.deepEqual(seen, ["two!", "draft", "one?"]);
});

test("Ctrl-C puts the text away, and means nothing without one", () => {
  const { editor, type } = drive();
  assert.deepEqual(type(ctrl("c")), [false]);
  assert.deepEqual(type(`some text${ctrl("c")}`), []);
  assert.equal(editor.text(), "");
  type(up);
  assert.equal(editor.text(), "some text");
});

test("Escape and Ctrl-D on an empty text are the app's", () => {
  const { type } = drive();
  assert.deepEqual(type("\u001b"), [false]);
  assert.deepEqual(type(ctrl("d")), [false]);
  assert.deepEqual(type("\u001b[Z"), [false]);
});

test("Tab queues while a turn runs", () => {
  assert.deepEqual(drive({ running: () => true }).type("later\t"), [{ type: "queue", text: "later", images: [] }]);
  assert.deepEqual(drive().type("later\t"), [false]);
});

test("! is a command for the shell, and shown as one", () => {
  const { editor, type, rows } = drive();
  assert.deepEqual(type("!ls -la $HOME\r"), [{ type: "shell", script: "ls -la $HOME" }]);
  assert.deepEqual(rows(), ["$ !ls -la $HOME"]);
  assert.equal(editor.view({ columns: 40, verbosity: "normal", colours: "none", plain: false }, 5).mode, "shell");
});

const commands = [
  { insert: "model ", label: "/model", detail: "another model" },
  { insert: "help", label: "/help", detail: "what there is" },
];

test("a / opens the commands; Enter runs the chosen one, or waits for its words", () => {
  const { editor, type } = drive({ commands });
  type("/");
  const view = editor.view({ columns: 40, verbosity: "normal", colours: "none", plain: false }, 5);
  assert.deepEqual(view.menu, ["› /model  another model", "  /help  what there is"]);
  assert.deepEqual(type("hel\r"), [{ type: "command", name: "help", words: "", images: [] }]);
  editor.clear();
  assert.deepEqual(type("/mo\r"), []);
  assert.equal(editor.text(), "/model ");
  assert.deepEqual(type("gpt 5\r"), [{ type: "command", name: "model", words: "gpt 5", images: [] }]);
  editor.clear();
  assert.deepEqual(type("/model\r"), [{ type: "command", name: "model", words: "", images: [] }]);
  editor.clear();
  assert.deepEqual(type("/usr/bin/env fails\r"), [{ type: "submit", text: "/usr/bin/env fails", images: [] }]);
});

test("Escape closes the list and nothing else", () => {
  const { editor, type } = drive({ commands });
  assert.deepEqual(type("/h\u001b"), []);
  assert.equal(editor.menuOpen(), false);
  type("e");
  assert.equal(editor.menuOpen(), false);
  assert.deepEqual(type("\u001b"), [false]);
  assert.equal(editor.text(), "/he");
});

test("@ mentions files, with quotes where a name has blanks", () => {
  const { editor, type } = drive({ paths: ["src/main.ts", "src/mail box.ts"] });
  type("look at @mai");
  assert.equal(editor.menuOpen(), true);
  type(`${down}\t`);
  assert.equal(editor.text(), 'look at @"src/mail box.ts" ');
  type("and @main\r");
  assert.equal(editor.text(), 'look at @"src/mail box.ts" and @src/main.ts ');
  type("me@main");
  assert.equal(editor.menuOpen(), false);
});

test("$ names skills, but not in a command for the shell", () => {
  const { editor, type } = drive({ skills: () => [{ insert: "release", label: "release", detail: "how to" }] });
  type("use $rel\t");
  assert.equal(editor.text(), "use $release ");
  editor.clear();
  type("!echo $rel");
  assert.equal(editor.menuOpen(), false);
});

test("Ctrl-R searches what was typed; Escape leaves what is being written", () => {
  const { editor, type, rows } = drive({ history: ["fix the parser", "write docs", "fix the lexer"] });
  type(`draft${ctrl("r")}fix`);
  const view = editor.view({ columns: 40, verbosity: "normal", colours: "none", plain: false }, 5);
  assert.deepEqual(view.rows, ["search: fix"]);
  assert.deepEqual(view.menu, ["› fix the lexer", "  fix the parser"]);
  type("\u001b");
  assert.deepEqual(rows(), ["› draft"]);
  type(`${ctrl("r")}fix${ctrl("r")}\r`);
  assert.equal(editor.text(), "fix the parser");
  type(up);
  assert.equal(editor.text(), "draft");
});

test("a pasted path of a picture becomes one, in the ways terminals write it", () => {
  const known = new Map([
    ["/p/a b.png", "/p/a b.png"],
    ["c.jpg", "/w/c.jpg"],
  ]);
  const { editor, type, rows } = drive({ picture: (path) => known.get(path) ?? null });
  for (const text of [
    "/p/a\\ b.png",
    "'/p/a b.png' c.jpg",
    "file:///p/a%20b.png",
    "/p/a b.png",
    "/p/none.png",
    "see c.jpg",
  ])
    type(pasted(text));
  assert.deepEqual(rows(200), [
    "› [image #1 a b.png] [image #2 a b.png] [image #3 c.jpg] [image #4 a b.png] [image #5 a b.png] /p/none.pngsee c.jpg",
  ]);
  const [effect] = type("\r");
  assert.ok(effect !== false && effect?.type === "submit");
  assert.deepEqual(effect.images, ["/p/a b.png", "/w/c.jpg"]);
  assert.deepEqual(type(ctrl("v")), [{ type: "picture" }]);
  editor.clear();
  editor.attach("/p/clip.png");
  assert.deepEqual(rows(), ["› [image #6 clip.png] "]);
});

test("the text goes whole into an editor of one's own", () => {
  const { editor, type } = drive();
  const text = "long\n".repeat(10);
  type(pasted(text));
  assert.deepEqual(type(ctrl("g")), [{ type: "external", text }]);
  editor.set("written elsewhere");
  type(ctrl("_"));
  assert.equal(editor.text(), text);
});
