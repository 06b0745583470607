import assert from "node:assert/strict";
import { closeSync, constants, mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createPipes, type Pipe } from "../../src/process/pipes.ts";

const closeBoth = (pipe: Pipe): void => {
  closeSync(pipe.ours);
  closeSync(pipe.theirs);
};

test("a pipe that something still has open is used again once that is over, and is empty then", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pipes-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const pipes = createPipes(folder);
  const first = await pipes.output();
  const [path] = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((name) => {
      // The pipe in use is the one that takes a byte.
      try {
        closeSync(openSync(name, constants.O_WRONLY | constants.O_NONBLOCK));
        return true;
      } catch {
        return false;
      }
    });
  assert.ok(path);
  const straggler = openSync(path, constants.O_WRONLY);
  writeSync(straggler, "left over");
  closeBoth(first);
  first.giveBack(false);

  const others = await Promise.all(Array.from({ length: 4 }, () => pipes.output()));
  assert.equal(readdirSync(folder).length, 8, "the one in use was not taken, others were made");
  closeSync(straggler);
  const rest = [];
  for (let i = 0; i < 4; i += 1) rest.push(await pipes.output());
  assert.equal(readdirSync(folder).length, 8, "the one that rested was taken");
  for (const pipe of [...others, ...rest]) {
    assert.throws(() => readSync(pipe.ours, Buffer.alloc(1)), { code: "EAGAIN" }, "nothing is in it");
    closeBoth(pipe);
  }
});
