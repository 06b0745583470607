import assert from "node:assert/strict";
import { test } from "node:test";
import { seccompProgram } from "../../src/sandbox/seccomp.ts";
import { type SeccompArchitecture, syscallNumbers } from "../../src/sandbox/seccomp-syscalls.ts";

const allowed = 0x7fff0000;
const killed = 0x80000000;
const refusedWith = (errno: number): number => 0x00050000 + errno;

/** Runs the program as the kernel would. Throws on anything the kernel would not have accepted. */
const run = (program: Buffer, audit: number, number: number, args: readonly number[] = []): number => {
  const word = (offset: number): number => {
    if (offset === 0) return number;
    if (offset === 4) return audit;
    assert.equal((offset - 16) % 8, 0);
    return (args[(offset - 16) / 8] ?? 0) >>> 0;
  };
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const [code, constant] = [program.readUInt16LE(at * 8), program.readUInt32LE(at * 8 + 4)];
    const jump = (taken: boolean): void => {
      at += program.readUInt8(at * 8 + (taken ? 2 : 3));
    };
    if (code === 0x20) accumulator = word(constant);
    else if (code === 0x54) accumulator = (accumulator & constant) >>> 0;
    else if (code === 0x15) jump(accumulator === constant);
    else if (code === 0x35) jump(accumulator >= constant);
    else if (code === 0x45) jump((accumulator & constant) !== 0);
    else if (code === 0x06) return constant;
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error("ran off the end");
};

for (const architecture of ["x64", "arm64"] satisfies SeccompArchitecture[]) {
  const calls = syscallNumbers[architecture];
  const program = seccompProgram(architecture);
  const call = (number: number, ...args: number[]): number => run(program, calls.audit, number, args);

  test(`${architecture}: another architecture's calls end the process`, () => {
    assert.equal(run(program, 0x40000003, 1), killed);
  });

  test(`${architecture}: every call has an answer, and the listed ones theirs`, () => {
    const forbidden = new Set(Object.values(calls.forbidden));
    const absent = new Set(Object.values(calls.absent));
    const judged = new Set([
      calls.clone,
      calls.unshare,
      calls.socket,
      calls.ioctl,
      ...calls.makeNode.map(([nr]) => nr),
    ]);
    for (let number = 0; number < 600; number += 1) {
      if (judged.has(number)) continue;
      const expected = forbidden.has(number) ? refusedWith(1) : absent.has(number) ? refusedWith(38) : allowed;
      assert.equal(call(number), expected, `call ${number}`);
    }
  });

  test(`${architecture}: new namespaces are refused, threads and forks are not`, () => {
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      assert.equal(call(calls.clone, flag | 17), refusedWith(1));
      assert.equal(call(calls.unshare, flag), refusedWith(1));
    }
    assert.equal(call(calls.unshare, 0x80), refusedWith(1));
    assert.equal(call(calls.clone, 0x3d0f00), allowed);
    assert.equal(call(calls.clone, 17), allowed);
    assert.equal(call(calls.unshare, 0x400), allowed);
  });

  test(`${architecture}: devices, sockets and terminals by their arguments`, () => {
    for (const [number, index] of calls.makeNode) {
      const make = (mode: number): number => call(number, ...Array.from({ length: index }, () => 0), mode);
      assert.deepEqual([0x21b6, 0x61b6, 0x11b6, 0x81b6, 0xc1b6].map(make), [
        refusedWith(1),
        refusedWith(1),
        allowed,
        allowed,
        allowed,
      ]);
    }
    const families = [1, 2, 10, 16, 17, 40, 38, 31].map((family) => call(calls.socket, family));
    assert.deepEqual(families, [...Array(4).fill(allowed), ...Array(4).fill(refusedWith(97))]);
    assert.deepEqual(
      [0x5412, 0x541c, 0x5413].map((request) => call(calls.ioctl, 0, request)),
      [refusedWith(1), refusedWith(1), allowed],
    );
  });
}

test("x64: the second numbering is not there", () => {
  assert.equal(run(seccompProgram("x64"), syscallNumbers.x64.audit, 0x40000000 + 101), refusedWith(38));
});
