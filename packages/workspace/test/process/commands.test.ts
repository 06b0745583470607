import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { quoteForShell } from "../../src/process/shell-command.ts";
import type { Policy } from "../../src/types.ts";
import { openTestWorkspace, policyOf } from "../sandbox/test-workspace.ts";

const sandboxed = policyOf();
const free = policyOf({ mode: "danger-full-access" });
const modes: [string, Policy][] = [
  ["sandboxed", sandboxed],
  ["full access", free],
  ["with allowed hosts", policyOf({ network: { kind: "domains", allow: [], deny: [], methods: "all" } })],
];

/**
 * Tells when the last process of a command is gone: each one inherits a connection to a socket beside the workspace,
 * which ends with the last of them.
 */
const watchSurvivors = async (t: TestContext, outside: string) => {
  const path = join(outside, "life.sock");
  const sockets: Socket[] = [];
  let alive = 0;
  const waiting: (() => void)[] = [];
  const settle = (): void => {
    for (const next of waiting.splice(0)) next();
  };
  const server = createServer((socket) => {
    sockets.push(socket);
    alive += 1;
    socket.resume();
    socket.on("error", () => {});
    socket.on("close", () => {
      alive -= 1;
      settle();
    });
    settle();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const until = async (count: (alive: number) => boolean): Promise<void> => {
    while (!count(alive)) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  // A program that stays for ever, whatever signal politely asks it to go.
  const program = `for (const s of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(s, () => {}); require("net").connect("${path}"); setInterval(() => {}, 1e6);`;
  return { until, stay: `${process.execPath} -e ${quoteForShell(program)}`, readable: [process.execPath, outside] };
};

for (const [name, policy] of modes) {
  test(`${name}: exit code, and both outputs in their order`, async (t) => {
    const { run } = await openTestWorkspace(t);
    const lines = Array.from({ length: 50 }, (_, index) => `echo ${index}${index % 2 ? " >&2" : ""}`);
    const { code, signal, timedOut, output } = await run(`${lines.join("\n")}\nexit 7`, { policy });
    assert.deepEqual({ code, signal, timedOut }, { code: 7, signal: null, timedOut: false });
    assert.equal(output, Array.from({ length: 50 }, (_, index) => `${index}\n`).join(""));
  });

  test(`${name}: the outputs are real pipes`, async (t) => {
    const { run } = await openTestWorkspace(t);
    const { output } = await run("echo a > /dev/stdout; echo b > /dev/stderr; echo c | tee /dev/stderr", { policy });
    assert.equal(output, "a\nb\nc\nc\n");
  });

  test(`${name}: large output arrives whole`, async (t) => {
    const { run } = await openTestWorkspace(t);
    const { output } = await run("seq 1 300000; echo end", { policy });
    assert.equal(output.length, 1988895 + 4);
    assert.ok(output.endsWith("300000\nend\n"));
  });

  test(`${name}: line numbers in the shell's errors are the script's own`, async (t) => {
    const { run } = await openTestWorkspace(t);
    assert.match((await run("true\nno-such-command-here", { policy })).output, /line 2: no-such-command-here/);
  });

  test(`${name}: a script longer than an argument may be`, async (t) => {
    const { run } = await openTestWorkspace(t);
    const { output, code } = await run(`cat <<'EOF' | wc -c\n${"x".repeat(300_000)}\nEOF\nexit 4`, { policy });
    assert.deepEqual([output, code], ["300001\n", 4]);
  });

  test(`${name}: input that is kept open, and input that is not`, async (t) => {
    const { workspace, root, run } = await openTestWorkspace(t);
    assert.equal((await run("cat; echo done", { policy })).output, "done\n");
    const started = await workspace.start({
      script: "read a < /dev/stdin; echo got $a; cat",
      cwd: root,
      policy,
      stdin: true,
    });
    assert.ok(started.ok);
    const { command } = started;
    let output = "";
    const answered = new Promise<void>((resolve) =>
      command.onOutput((chunk) => {
        output += chunk;
        if (output.includes("got one")) resolve();
      }),
    );
    command.write("one\n");
    await answered;
    command.write("two\n");
    command.endInput();
    assert.equal((await command.exited).code, 0);
    assert.equal(output, "got one\ntwo\n");
    command.write("after the end");
  });

  test(`${name}: a terminal: it is one, has a size, and keeps code, quoting and the output's tail`, async (t) => {
    const { run } = await openTestWorkspace(t);
    const { output, code } = await run(
      `test -t 0 && test -t 1 && stty size; printf '%s|' "a'b" 'c"d' $'e\\nf' \\\\; seq 1 20000; exit 9`,
      { policy, pty: true },
    );
    assert.equal(code, 9);
    assert.ok(output.startsWith("24 80\r\na'b|c\"d|e\r\nf|\\|1\r\n"), output.slice(0, 60));
    assert.ok(output.endsWith("19999\r\n20000\r\n"));
  });

  test(`${name}: a timeout ends the whole tree and says so`, async (t) => {
    const { run, outside } = await openTestWorkspace(t);
    const life = await watchSurvivors(t, outside);
    const running = run(`setsid ${life.stay} & (setsid ${life.stay} &) ; ${life.stay}`, {
      policy: { ...policy, readableRoots: life.readable },
      timeoutMs: 3000,
    });
    await life.until((alive) => alive === 3);
    const { code, signal, timedOut } = await running;
    assert.deepEqual({ code, signal, timedOut }, { code: null, signal: "SIGKILL", timedOut: true });
    await life.until((alive) => alive === 0);
  });

  test(`${name}: kill interrupts first, and takes what does not listen`, async (t) => {
    const { workspace, root, outside } = await openTestWorkspace(t);
    const life = await watchSurvivors(t, outside);
    const polite = await workspace.start({
      script: "trap 'echo bye; exit 5' INT; echo up; sleep 1000",
      cwd: root,
      policy,
    });
    assert.ok(polite.ok);
    let output = "";
    await new Promise<void>((resolve) =>
      polite.command.onOutput((chunk) => {
        output += chunk;
        resolve();
      }),
    );
    assert.equal((await polite.command.kill()).code, 5);
    assert.equal(output, "up\nbye\n");
    const stubborn = await workspace.start({
      script: life.stay,
      cwd: root,
      policy: { ...policy, readableRoots: life.readable },
    });
    assert.ok(stubborn.ok);
    await life.until((alive) => alive === 1);
    assert.equal((await stubborn.command.kill({ graceMs: 50 })).signal, "SIGKILL");
    await life.until((alive) => alive === 0);
  });

  test(`${name}: an interrupt that comes before the command has begun is not lost`, async (t) => {
    const { workspace, root } = await openTestWorkspace(t);
    for (let i = 0; i < 10; i++) {
      const started = await workspace.start({ script: "exec sleep 1000", cwd: root, policy });
      assert.ok(started.ok);
      const { code, signal } = await started.command.kill({ graceMs: 600_000 });
      assert.ok(signal === "SIGINT" || code === 130, `${code} ${signal}`);
    }
  });

  test(`${name}: a command that leaves a process behind ends, and so does that process`, async (t) => {
    const { run, outside } = await openTestWorkspace(t);
    const life = await watchSurvivors(t, outside);
    const script = `${life.stay} & while ! test -e up; do kill -0 $! && touch up; done; echo done`;
    const { output } = await run(script, { policy: { ...policy, readableRoots: life.readable } });
    assert.equal(output, "done\n");
    await life.until((alive) => alive === 0);
  });

  test(`${name}: closing the workspace ends what runs`, async (t) => {
    const { workspace, root, outside } = await openTestWorkspace(t);
    const life = await watchSurvivors(t, outside);
    const started = await workspace.start({
      script: `setsid ${life.stay} & ${life.stay}`,
      cwd: root,
      policy: { ...policy, readableRoots: life.readable },
    });
    assert.ok(started.ok);
    await life.until((alive) => alive === 2);
    await workspace.close();
    await life.until((alive) => alive === 0);
  });
}

test("commands can run at the same time", async (t) => {
  const { run } = await openTestWorkspace(t);
  const outputs = await Promise.all(Array.from({ length: 12 }, (_, index) => run(`seq 1 2000; echo ${index}`)));
  for (const [index, { output }] of outputs.entries()) assert.ok(output.endsWith(`2000\n${index}\n`));
});

test("killing at any moment of the start leaves nothing", async (t) => {
  const { workspace, root } = await openTestWorkspace(t);
  for (let spins = 0; spins < 12; spins += 1) {
    const started = await workspace.start({ script: "exec sleep 1000", cwd: root, policy: sandboxed });
    assert.ok(started.ok);
    for (let turn = 0; turn < spins * 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const { code, signal } = await started.command.kill({ graceMs: 0 });
    assert.deepEqual([code, signal], [null, "SIGKILL"]);
    assert.equal(existsSync(`/proc/${started.command.pid}`), false);
  }
});

test("the death of our own process leaves no process, and the next one removes its traces", async (t) => {
  const { workspace, root, stateDir, run, outside } = await openTestWorkspace(t);
  const life = await watchSurvivors(t, outside);
  const program = join(dirname(fileURLToPath(import.meta.url)), "run-and-wait.ts");
  const child = spawn(
    process.execPath,
    [program, root, stateDir, `setsid ${life.stay} & ${life.stay}`, ...life.readable],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  await life.until((alive) => alive === 2);
  child.kill("SIGKILL");
  await life.until((alive) => alive === 0);
  assert.equal(existsSync(join(root, ".vscode")), true);
  const [entry] = readdirSync(join(stateDir, "sandbox")).filter((file) => file.startsWith(`${child.pid}-`));
  const left = JSON.parse(readFileSync(join(stateDir, "sandbox", entry ?? ""), "utf8"));
  assert.equal(existsSync(left.privateFolder), true);
  await run("true");
  await workspace.close();
  assert.deepEqual(readdirSync(root), []);
  assert.equal(existsSync(left.privateFolder), false);
});

test("an ordinary end of our own process leaves nothing at all", async (t) => {
  const { root, stateDir } = await openTestWorkspace(t);
  const program = join(dirname(fileURLToPath(import.meta.url)), "run-and-wait.ts");
  const child = spawn(process.execPath, [program, root, stateDir, "exit-now"], { stdio: "inherit" });
  assert.equal(await new Promise((resolve) => child.on("exit", resolve)), 0);
  assert.deepEqual(readdirSync(root), []);
  assert.deepEqual(readdirSync(join(stateDir, "sandbox")), []);
});

test("npm and node run inside", async (t) => {
  const { run } = await openTestWorkspace(t, (root) => {
    writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { hello: "node -e 'console.log(6 * 7)'" } }));
  });
  const { output, code } = await run("npm run --silent hello");
  assert.deepEqual([output, code], ["42\n", 0]);
});

test("readable roots are there although their parents are hidden", async (t) => {
  const { root, run, outside } = await openTestWorkspace(t);
  writeFileSync(join(outside, "program"), "content");
  writeFileSync(join(outside, "other"), "content");
  const policy = policyOf({ readableRoots: [join(outside, "program")] });
  assert.equal((await run("cat ../outside/program; ls ../outside", { policy })).output, "contentprogram\n");
  assert.equal(realpathSync(root), root);
  rmSync(join(outside, "other"));
});

test("programs do not look for newer versions of themselves", async (t) => {
  const { run } = await openTestWorkspace(t);
  const said = await run('echo "$npm_config_update_notifier $NO_UPDATE_NOTIFIER $PIP_DISABLE_PIP_VERSION_CHECK"');
  assert.equal(said.output, "false 1 1\n");
});
