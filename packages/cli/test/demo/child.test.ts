import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { runChild } from "../../demo/child.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "fettle-child-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const appears = async (path: string): Promise<string> => {
  while (!existsSync(path) || readFileSync(path, "utf8") === "") await delay(5);
  return readFileSync(path, "utf8");
};

const isGone = async (pid: number): Promise<true> => {
  for (;;) {
    try {
      process.kill(pid, 0);
      await delay(5);
    } catch {
      return true;
    }
  }
};

const never = new AbortController().signal;

describe("a program run by the demo", () => {
  test("gives its exit code", async () => {
    const argv = ["/bin/sh", "-c", "exit 3"] as const;
    assert.equal(await runChild(argv, { cwd: folder, signal: never, timeoutMs: 60_000 }), 3);
  });

  test("that does not exist is an error", async () => {
    const argv = [join(folder, "no-such-program")] as const;
    await assert.rejects(runChild(argv, { cwd: folder, signal: never, timeoutMs: 60_000 }), { code: "ENOENT" });
  });

  test("is not started after Ctrl-C", async () => {
    const options = { cwd: folder, signal: AbortSignal.abort(), timeoutMs: 60_000 };
    await assert.rejects(runChild(["/bin/true"], options), { name: "AbortError" });
  });

  test("ends with all it started on Ctrl-C", { timeout: 30_000 }, async () => {
    const controller = new AbortController();
    const file = join(folder, "pids");
    // A background job of a shell ignores SIGINT, so only the end of the group ends it.
    const script = 'sleep 600 & echo "$!" > pids; trap "exit 9" INT; while :; do sleep 0.05; done';
    const options = { cwd: folder, signal: controller.signal, timeoutMs: 600_000 };
    const code = runChild(["/bin/sh", "-c", script], options);
    const background = Number(await appears(file));
    controller.abort();
    assert.equal(await code, 9);
    assert.equal(await isGone(background), true);
  });

  test("ends at its time limit", { timeout: 30_000 }, async () => {
    assert.equal(await runChild(["/bin/sleep", "600"], { cwd: folder, signal: never, timeoutMs: 50 }), null);
  });
});
