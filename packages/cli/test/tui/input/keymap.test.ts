import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "@fettle/agent";
import { actions, readKeymap } from "../../../src/tui/input/keymap.ts";
import { ctrl, drive, keymap, keysOf } from "./support.ts";

test("a person's key takes the place of the default, and of another action's default", () => {
  const { editor, type } = drive({ keymap: keymap({ submit: "ctrl-x", newline: "enter", undo: "alt-backspace" }) });
  assert.deepEqual(type("a\rb"), []);
  assert.deepEqual(type(ctrl("x")), [{ type: "submit", text: "a\nb", images: [] }]);
  type("\u001b\u007f");
  assert.equal(editor.text(), "a\n");
});

test("an action can have several keys, or none", () => {
  const own = keymap({ transcript: "f2 ctrl-t", model: "none" });
  assert.deepEqual(own.keysOf("transcript"), ["f2", "ctrl-t"]);
  assert.deepEqual(own.keysOf("model"), []);
  const [altM] = keysOf("\u001bm");
  assert.ok(altM !== undefined);
  assert.equal(own.action(altM, "app"), null);
});

test("what cannot be is told, all of it", () => {
  const problems = (own: Readonly<Record<string, string>>): readonly string[] => {
    const read = readKeymap(own);
    return read.ok ? [] : read.problems;
  };
  assert.deepEqual(problems({ submit: "a" }), ['terminal.keys.submit: "a" could not be typed any more']);
  assert.deepEqual(problems({ submit: "ctrl-banana", undo: "hyper-x" }), [
    'terminal.keys.submit: "ctrl-banana" is no key: expected ctrl-x, alt-enter, f5, …',
    'terminal.keys.undo: "hyper-x" is no key: expected ctrl-x, alt-enter, f5, …',
  ]);
  assert.deepEqual(problems({ undo: "ctrl-x", redo: "ctrl-x" }), [
    'terminal.keys.redo: "ctrl-x" is the key of undo too',
  ]);
  assert.match(problems({ sumbit: "ctrl-x" })[0] ?? "", /^terminal\.keys\.sumbit: no such action; there are submit, /);
});

test("the table says of each action what it does, and no two of a scope share a key", () => {
  const seen = new Set<string>();
  for (const { scope, keys, what } of actions) {
    assert.notEqual(what, "");
    for (const key of keys) {
      assert.ok(!seen.has(`${scope} ${key}`), `${scope} ${key}`);
      seen.add(`${scope} ${key}`);
    }
  }
});

const docs = readFileSync(new URL("../../../../../docs/keys.md", import.meta.url), "utf8");

test("docs/keys.md tells of every action what the table does", () => {
  const rows = actions.map(
    ({ name, keys, what }) => `| \`${name}\` | ${keys.map((key) => `\`${key}\``).join(" ")} | ${what} |`,
  );
  assert.deepEqual(
    docs.split("\n").filter((line) => line.startsWith("| `")),
    rows,
  );
});

test("the configuration in docs/keys.md works as it stands", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "fettle-keys-"));
  t.after(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, "config.toml"), /```toml\n(.*?)```/s.exec(docs)?.[1] ?? "");
  const loaded = await loadConfig({ home, overrides: [], env: {} });
  assert.ok(loaded.ok, loaded.ok ? "" : loaded.message);
  const own = keymap(loaded.config.terminal?.keys);
  assert.deepEqual(own.keysOf("submit"), ["ctrl-x"]);
  assert.deepEqual(own.keysOf("newline"), ["enter", "shift-enter"]);
  assert.deepEqual(own.keysOf("queue"), []);
});
