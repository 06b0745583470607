import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { deflateSync } from "node:zlib";
import { scratch } from "../support/fettle.ts";
import { fettleInPty, idle } from "../support/pty.ts";
import { openScene } from "../support/scripted-run.ts";

/* Pictures on the terminal, and pictures of it. */

const timeout = 90_000;
const root = join(import.meta.dirname, "../..");

/** A PNG of one grey, with its sums left out: what a decoder says of it is not ours. */
const png = (): Buffer => {
  const part = (name: string, data: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    return Buffer.concat([size, Buffer.from(name), data, Buffer.alloc(4)]);
  };
  const head = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0]);
  const data = part("IDAT", deflateSync(Buffer.alloc(9 * 8, 99)));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    part("IHDR", head),
    data,
    part("IEND", Buffer.alloc(0)),
  ]);
};

describe("pictures", { concurrency: 2 }, () => {
  for (const [where, env, shown] of [
    ["a terminal that shows them", { KITTY_WINDOW_ID: "1" }, true],
    ["a multiplexer inside of it", { KITTY_WINDOW_ID: "1", TMUX: "/tmp/tmux-0/default,1,0" }, false],
    ["any other terminal", {}, false],
  ] as const) {
    test(`the picture that the model looked at, on ${where}`, { timeout }, async (t) => {
      const look = { name: "view_image", arguments: { path: "shot.png" } };
      const scene = await openScene(t, { steps: [{ calls: [look] }, { text: "I have seen it." }] });
      writeFileSync(join(scene.repository, "shot.png"), png());
      const run = fettleInPty(t, scene, ["look at it"], { env });
      await run.shows("I have seen it.");
      await idle(run);
      const sent = /\u001b_Ga=T,f=100,[^;]*;([A-Za-z0-9+/=]*)\u001b\\/.exec(run.written())?.[1];
      assert.equal(sent, shown ? png().toString("base64") : undefined);
      assert.ok(run.all().some((row) => row.includes("view_image")));
    });
  }

  test("the pictures of the manual are made by running the program", { timeout }, async () => {
    const { path } = scratch("pictures");
    execFileSync(process.execPath, [join(root, "scripts/pictures.ts"), "--out", path, "first-run"], {
      stdio: "ignore",
    });
    const made = readFileSync(join(path, "first-run.svg"), "utf8");
    assert.match(made, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 [\d.]+ [\d.]+"/);
    const words = made.replaceAll(/<[^>]*>/g, " ").replaceAll("\u00a0", " ");
    for (const part of ["for a start:", "run the tests, and make them pass", "offline", "~/shop (main)"])
      assert.ok(words.includes(part), `${part} is missing in: ${words}`);
  });
});
