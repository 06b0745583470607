import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { backgroundOf, createModes } from "../../../src/tui/terminal/modes.ts";

/** Modes that write to a file: what a terminal would get. */
const open = (t: TestContext, env: Record<string, string> = { TERM: "xterm-256color" }) => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-modes-"));
  const path = join(folder, "terminal");
  const fd = openSync(path, "w");
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const raw: boolean[] = [];
  const modes = createModes({ input: { setRawMode: (on) => raw.push(on) }, fd, env });
  return { modes, raw, written: () => readFileSync(path, "utf8") };
};

describe("the terminal's modes", () => {
  test("all that was asked for is taken back, once", (t) => {
    const { modes, raw, written } = open(t);
    modes.enter();
    modes.enter();
    modes.restore();
    modes.restore();
    assert.deepEqual(raw, [true, false]);
    const modesIn = (mode: RegExp): (string | undefined)[] =>
      [...written().matchAll(mode)].map(([, number]) => number).sort();
    // The cursor is seen afterwards, whoever hid it.
    assert.deepEqual(
      modesIn(/\u001b\[\?(\d+)l/g),
      modesIn(/\u001b\[\?(\d+)h/g).filter((mode) => mode !== "25"),
    );
    assert.equal(written().split("\u001b[>1u").length, written().split("\u001b[<u").length);
  });

  test("words in a title or a notification cannot end it, and are bounded", (t) => {
    const { modes, written } = open(t);
    modes.title(`a\u0007b\u001b\\c\u009cd\n${"x".repeat(1000)}`);
    modes.notify("done\u0007\u001b]52;c;AAAA\u001b\\");
    const strings = [...written().matchAll(/\u001b\]([^\u001b\u0007]*)(?:\u001b\\|\u0007)/g)].map(
      ([, body]) => body ?? "",
    );
    assert.equal(strings.length, 3);
    assert.ok(strings.every((body) => /^(?:2|9|777);/.test(body) && body.length < 160));
    assert.doesNotMatch(strings.join(""), /[\u0000-\u001f\u0080-\u009f]/);
  });

  test("progress goes only where it is shown as that, and ends with the program", (t) => {
    const plain = open(t);
    plain.modes.enter();
    plain.modes.progress(true);
    assert.ok(!plain.written().includes("]9;4"));
    const other = open(t, { TERM: "xterm-256color", WT_SESSION: "1" });
    other.modes.enter();
    other.modes.progress(true);
    other.modes.restore();
    assert.match(other.written(), /\]9;4;3[\s\S]*\]9;4;0/);
  });

  test("the Linux console gets no strings, which it would print", (t) => {
    const { modes, written } = open(t, { TERM: "linux" });
    modes.enter();
    modes.title("x");
    modes.copy("y");
    modes.notify("z");
    assert.ok(!written().includes("\u001b]"));
  });

  test("a background is light or dark by its brightness", () => {
    const cases: readonly (readonly [string, "light" | "dark" | null])[] = [
      ["11;rgb:ffff/ffff/ffff", "light"],
      ["11;rgb:0000/0000/0000", "dark"],
      ["11;rgb:fd/f6/e3", "light"],
      ["11;rgba:1e1e/1e1e/1e1e/ffff", "dark"],
      ["10;rgb:ffff/ffff/ffff", null],
      ["11;?", null],
    ];
    for (const [reply, background] of cases) assert.equal(backgroundOf(reply), background, reply);
  });
});
