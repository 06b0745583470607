import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fettleProgram, scratch } from "./support/fettle.ts";

const inShell = (script: string) => {
  const { home } = scratch("output");
  const env = { PATH: process.env.PATH ?? "", FETTLE: fettleProgram, FETTLE_HOME: home };
  return spawnSync("/bin/bash", ["--norc", "-c", script], { env, encoding: "utf8" });
};

test("an output that cannot be written is told and fails", () => {
  const done = inShell('"$FETTLE" --help > /dev/full');
  assert.equal(done.status, 1);
  assert.equal(done.stderr, "fettle: standard output cannot be written (ENOSPC)\n");
});

test("a folder that was removed is named as what is wrong", () => {
  const done = inShell('gone=$(mktemp -d); cd "$gone"; rmdir "$gone"; "$FETTLE" threads');
  assert.equal(done.status, 1);
  assert.match(done.stderr, /^fettle: the folder you are in was removed; change to another one$/m);
});

test("a reader that has enough is no failure", () => {
  const done = inShell('"$FETTLE" schema | head -c 1; echo " ${PIPESTATUS[0]}"');
  assert.equal(done.stdout, "{ 0\n");
  assert.equal(done.stderr, "");
});
