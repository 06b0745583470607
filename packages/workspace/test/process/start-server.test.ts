import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startServer } from "../../src/index.ts";

const request = { cwd: "/", env: {}, passed: [] };
const started = async (command: string, ...args: string[]) => {
  const start = await startServer({ ...request, command, args });
  assert.ok(start.ok, start.ok ? "" : start.message);
  return start.server;
};

const living = (mark: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(mark) ? [line] : [];
      } catch {
        return [];
      }
    });

const firstLine = (output: NodeJS.ReadableStream): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  output.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
  });
  return promise;
};

describe("servers", { concurrency: 2 }, () => {
  test("what is written arrives whole, in both directions; how it ended is told after its last words", async () => {
    const server = await started("cat");
    server.input.write("one line\n");
    assert.equal(await firstLine(server.output), "one line");
    await server.end(10_000);
    assert.equal(await server.ended, "it ended with exit code 0");
    const failing = await started("sh", "-c", "echo last words >&2; exit 7");
    let words = "";
    failing.errors.on("data", (chunk: Buffer) => {
      words += chunk.toString();
    });
    assert.equal(await failing.ended, "it ended with exit code 7");
    assert.equal(words, "last words\n");
  });

  test("one that does not end by itself is ended, with children that detached themselves", async () => {
    const mark = `mark-${process.pid}-stubborn`;
    const script = `trap "" TERM HUP; setsid sh -c 'sleep 1000 # ${mark}' </dev/null >/dev/null 2>&1 & echo up; while :; do sleep 1000; done # ${mark}`;
    const server = await started("sh", "-c", script);
    assert.equal(await firstLine(server.output), "up");
    assert.notDeepEqual(living(mark), []);
    await server.end(50);
    assert.deepEqual(living(mark), []);
  });

  test("it gets ordinary variables, those that are passed, and those that are given", async (t) => {
    process.env.PASSED_ONE = "passed";
    process.env.HELD_BACK = "held back";
    t.after(() => {
      delete process.env.PASSED_ONE;
      delete process.env.HELD_BACK;
    });
    const start = await startServer({
      ...{ command: "env", args: [], cwd: "/tmp" },
      ...{ env: { GIVEN: "given" }, passed: ["PASSED_ONE"] },
    });
    assert.ok(start.ok);
    let text = "";
    start.server.output.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await start.server.ended;
    assert.match(text, /^PASSED_ONE=passed$/m);
    assert.match(text, /^GIVEN=given$/m);
    assert.match(text, /^PATH=/m);
    assert.doesNotMatch(text, /HELD_BACK/);
  });

  test("a program that is not there is told", async () => {
    for (const command of ["no-such-program-here", "/no/such/program", "./cat"]) {
      const start = await startServer({ ...request, command, args: [] });
      assert.deepEqual(start, { ok: false, message: `there is no program ${command}` });
    }
  });

  test("without bubblewrap it runs as it is, and ends with us", { skip: !existsSync("/usr/bin/bwrap") }, async () => {
    const mark = `mark-${process.pid}-plain`;
    const program = join(import.meta.dirname, "run-and-serve.ts");
    const masked = ["--dev-bind", "/", "/", "--ro-bind", "/dev/null", "/usr/bin/bwrap", "--"];
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", program, mark];
    const env = { PATH: "/usr/bin:/bin", HOME: "/" };
    const stdout = await new Promise<string>((resolve, reject) =>
      execFile("/usr/bin/bwrap", [...masked, ...node], { env }, (error, out, err) =>
        error === null ? resolve(out) : reject(new Error(`${error.message}${err}`)),
      ),
    );
    assert.equal(stdout, "up\n");
    assert.deepEqual(living(mark), []);
  });
});
