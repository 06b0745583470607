import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cellsFor, pictureKindOf, pictureOf, pictureRows } from "../../../src/tui/terminal/pictures.ts";

const png = (width: number, height: number, rest = 40): Buffer => {
  const bytes = Buffer.alloc(24 + rest, 7);
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").copy(bytes);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
};
/** A JPEG with a segment before its frame. */
const jpeg = (width: number, height: number): Buffer => {
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2]), frame, Buffer.alloc(9)]);
};

test("which terminals show pictures", () => {
  assert.equal(pictureKindOf({ TERM: "xterm-kitty", KITTY_WINDOW_ID: "1" }), "kitty");
  assert.equal(pictureKindOf({ TERM: "xterm-256color", TERM_PROGRAM: "ghostty" }), "kitty");
  assert.equal(pictureKindOf({ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }), "iterm");
  assert.equal(pictureKindOf({ TERM: "xterm-256color" }), null);
  assert.equal(pictureKindOf({ TERM: "tmux-256color", KITTY_WINDOW_ID: "1" }), null);
  assert.equal(pictureKindOf({ TERM: "xterm-kitty", KITTY_WINDOW_ID: "1", TMUX: "/tmp/tmux" }), null);
});

test("only a PNG or JPEG of a sane size is a picture", () => {
  assert.deepEqual(pictureOf(png(640, 480)), { type: "png", width: 640, height: 480 });
  assert.deepEqual(pictureOf(jpeg(64, 32)), { type: "jpeg", width: 64, height: 32 });
  for (const bad of [png(0, 5), png(20_000, 5), png(5, 5, 5 << 20), Buffer.from("\u001b_Ga=d\u001b\\".padEnd(99))])
    assert.equal(pictureOf(bad), null);
});

test("a picture keeps its shape and stays inside its room", () => {
  assert.deepEqual(cellsFor({ type: "png", width: 800, height: 400 }, { columns: 80, rows: 40 }), {
    columns: 80,
    rows: 20,
  });
  assert.deepEqual(cellsFor({ type: "png", width: 100, height: 1000 }, { columns: 80, rows: 20 }), {
    columns: 4,
    rows: 20,
  });
});

test("whatever the bytes are, the sequence holds nothing but base64", () => {
  const bytes = fc.uint8Array({ maxLength: 9000 });
  const property = fc.property(bytes, fc.constantFrom("kitty" as const, "iterm" as const), (rest, kind) => {
    const picture = Buffer.concat([png(30, 30, 0), rest]);
    const rows = pictureRows(picture, kind, { columns: 40, rows: 10 });
    assert.ok(rows !== null && rows.length <= 10);
    const last = rows.at(-1) ?? "";
    const shown = /^\u001b7(?:\u001b\[\d+A)?\r([\s\S]*)\u001b8$/.exec(last)?.[1] ?? "";
    const base64 =
      kind === "kitty"
        ? shown.replaceAll(/\u001b_G[a-zA-Z0-9=,]*;([A-Za-z0-9+/=]*)\u001b\\/g, "$1")
        : shown.replace(/^\u001b\]1337;File=[a-zA-Z0-9=;]*:([A-Za-z0-9+/=]*)\u0007$/, "$1");
    assert.deepEqual(Buffer.from(base64, "base64"), picture);
    assert.ok(!base64.includes("\u001b"));
    assert.deepEqual(new Set(rows.slice(0, -1)), rows.length > 1 ? new Set([""]) : new Set());
  });
  fc.assert(property, { numRuns: 60 });
});
