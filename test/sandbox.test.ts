import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { done, shell } from "./support/approvals.ts";
import { type Finished, fettleProgram, runFettle, scratch, startFettle } from "./support/fettle.ts";
import { execWithBubblewrap } from "./support/other-bubblewrap.ts";
import { itemsOf, openScene } from "./support/scripted-run.ts";

type Place = {
  readonly work: string;
  readonly home: string;
  run(args: readonly string[], input?: string): Promise<Finished>;
};

const openPlace = (env: Record<string, string> = {}): Place => {
  const { path, home } = scratch("sandbox");
  const work = join(path, "work");
  mkdirSync(work);
  const run: Place["run"] = (args, input) =>
    runFettle(["sandbox", ...args], { cwd: work, home, env, ...(input === undefined ? {} : { input }) });
  return { work, home, run };
};

/** Through a shell, whose pipes and redirections are real ones. */
const inShell = (place: Place, script: string): Promise<string> => {
  const env = { PATH: process.env.PATH, HOME: place.home, FETTLE_HOME: place.home, FETTLE: fettleProgram };
  return new Promise((resolve) => {
    execFile("bash", ["-c", script], { cwd: place.work, env }, (_error, stdout) => resolve(stdout));
  });
};

test("several words are one command, one with blanks is a script; codes are the command's", async () => {
  const { run } = openPlace();
  const words = await run(["--", "printf", "[%s]", "a b", "c'd", "$HOME"]);
  assert.deepEqual([words.code, words.stdout], [0, "[a b][c'd][$HOME]"]);
  const script = await run(["--", "echo out; echo err >&2; exit 7"]);
  assert.deepEqual([script.code, script.stdout, script.stderr], [7, "out\n", "err\n"]);
  assert.equal((await run(["--", "no-such-program"])).code, 127);
  assert.equal((await run(["--", "/etc/passwd"])).code, 126);
  assert.equal((await run(["--", "kill -TERM $$"])).code, 143);
});

test("pipes, files and closed readers work as without it", async () => {
  const place = openPlace();
  assert.equal(await inShell(place, 'echo in | "$FETTLE" sandbox -- cat | tr a-z A-Z'), "IN\n");
  assert.equal(await inShell(place, 'seq 100000 | "$FETTLE" sandbox -- cat | tail -1'), "100000\n");
  assert.equal(await inShell(place, '"$FETTLE" sandbox -- yes | head -1'), "y\n");
  writeFileSync(join(place.work, "in"), "from a file\n");
  assert.equal(
    await inShell(place, '"$FETTLE" sandbox -- "cat; echo x > /dev/stderr" < in > out 2>&1; cat out'),
    "from a file\nx\n",
  );
  assert.equal(await inShell(place, '"$FETTLE" sandbox -- echo x > /dev/full; echo $?'), "1\n");
});

test("in a terminal it has one of its own, of the same size", async () => {
  const place = openPlace();
  const inside = `'"$FETTLE" sandbox -- "tty; stty size; read x; echo got \\$x"'`;
  const shown = await inShell(place, `echo hello | script -qec "stty cols 91 rows 33; "${inside} /dev/null`);
  // What was typed is echoed at any moment, also in between.
  assert.match(shown, /^\/dev\/pts\/\d+\r$/m);
  assert.match(shown, /^33 91\r$/m);
  assert.match(shown, /got hello/);
});

test("SIGINT ends it with all it started", async () => {
  const { work, home } = openPlace();
  const run = startFettle(["sandbox", "--", "echo begun; sleep 1000 & sleep 1000"], { cwd: work, home });
  run.child.stdout?.once("data", () => run.child.kill("SIGINT"));
  const done = await run.finished;
  assert.deepEqual([done.code, done.stdout], [130, "begun\n"]);
  assert.deepEqual(readdirSync(join(home, "sandbox")), []);
});

test("hidden paths show empty, further folders can be written, named secrets pass", async () => {
  const { work, run } = openPlace({ MY_TOKEN: "named", OTHER_TOKEN: "other" });
  const more = join(work, "../more");
  mkdirSync(more);
  mkdirSync(join(work, "keys"));
  for (const name of ["keys/a", "b"]) writeFileSync(join(work, name), "hidden\n");
  const flags = ["--hide", "keys", "--hide", "b", "--add-dir", "../more", "--secret", "MY_TOKEN"];
  const done = await run([
    ...flags,
    "--",
    `cat keys/a b; ls keys; echo "[$MY_TOKEN][$OTHER_TOKEN]"; echo new > ${more}/file`,
  ]);
  assert.equal(done.stdout, "[named][]\n");
  assert.equal(readFileSync(join(more, "file"), "utf8"), "new\n");
  assert.equal(readFileSync(join(work, "keys/a"), "utf8"), "hidden\n");
});

test("what is planted for git is put aside and told in a line; harmless repositories stay", async () => {
  const { work, run } = openPlace();
  const done = await run(["--", "git init -q good; git init -q bad; git -C bad config core.fsmonitor ./evil"]);
  assert.match(
    done.stderr,
    /^fettle: a command planted bad\/\.git\/config \(core\.fsmonitor\), [^\n]*config\.fettle-quarantined now\n$/,
  );
  assert.equal(existsSync(join(work, "bad/.git/config")), false);
  assert.equal(existsSync(join(work, "good/.git/config")), true);
});

test("what cannot be is said in one line", async () => {
  const { run } = openPlace();
  const says = async (args: readonly string[], code: number, words: RegExp): Promise<void> => {
    const done = await run(args);
    assert.deepEqual([done.code, done.stdout], [code, ""]);
    assert.match(done.stderr, /^fettle: [^\n]+\n$/);
    assert.match(done.stderr, words);
  };
  await says([], 2, /a command is needed/);
  await says(["-C", "missing", "--", "ls"], 2, /-C: there is no folder missing/);
  await says(["-C", "/etc/passwd", "--", "ls"], 2, /is not a folder/);
  await says(["-s", "open", "--", "ls"], 2, /--sandbox must be one of/);
  await says(["--hide", "missing", "--", "ls"], 2, /--hide: there is nothing at missing/);
  await says(["--network", "--allow-domain", "example.org", "--", "ls"], 2, /would limit nothing/);
  await says(["-C", "/", "--", "ls"], 125, /would protect nothing/);
  assert.match((await run(["--help"])).stdout, /^Run a command in the sandbox/);
});

test("a home that cannot be written to, as on a full disk, is an end of its own", async () => {
  const { run, home } = openPlace();
  mkdirSync(home);
  writeFileSync(join(home, "sandbox"), "");
  const done = await run(["--", "ls"]);
  assert.deepEqual([done.code, done.stdout], [125, ""]);
  assert.match(done.stderr, /^fettle: Not run: E[A-Z]+: [^\n]+\n$/);
});

test("without bubblewrap it runs nothing and names what installs it", async () => {
  const { work, home } = openPlace();
  writeFileSync(join(home, "../absent"), "");
  const masked = ["--dev-bind", "/", "/", "--ro-bind", join(home, "../absent"), "/usr/bin/bwrap", "--"];
  const env = { PATH: "/usr/bin:/bin", HOME: home, FETTLE_HOME: home };
  const outcome = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(
      "/usr/bin/bwrap",
      [...masked, fettleProgram, "sandbox", "--", "touch", "made"],
      { cwd: work, env },
      (error, _out, stderr) => resolve({ code: error?.code, stderr }),
    );
  });
  assert.equal(outcome.code, 125);
  assert.match(outcome.stderr, /^fettle: Not run: bubblewrap \(bwrap\) is not installed\. Remedy: .*install.*\n$/);
  assert.equal(existsSync(join(work, "made")), false);
});

test("a folder that goes while the sandbox is being made costs another attempt, and not the command", async (t) => {
  const scene = await openScene(t, { steps: [shell("echo once >> made"), done] });
  const beside = (name: string): string => join(scene.home, "..", name);
  // As the placeholder of another thread does: there when the folder is looked at, gone when it is mounted.
  const going = join(scene.repository, ".claude");
  mkdirSync(going);
  copyFileSync("/usr/bin/bwrap", beside("real"));
  const removes = `case "$*" in *--block-fd*) mkdir ${beside("removed")} 2>/dev/null && rmdir ${going};; esac`;
  writeFileSync(beside("removing"), `#!/bin/sh\n${removes}\nexec ${beside("real")} "$@"\n`, { mode: 0o755 });
  const [item] = itemsOf(await execWithBubblewrap(scene, beside("removing")), "command_execution");
  assert.equal(existsSync(beside("removed")), true);
  assert.deepEqual([item?.exit_code, item?.aggregated_output], [0, ""]);
  assert.equal(readFileSync(join(scene.repository, "made"), "utf8"), "once\n");
});
