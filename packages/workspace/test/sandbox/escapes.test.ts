import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { openTestWorkspace, policyOf } from "./test-workspace.ts";

// Each of these tries to get out; whether it did is looked up from the outside.

test("writes reach the workspace and nothing else", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t);
  writeFileSync(join(outside, "victim"), "untouched");
  const attempts = [
    "echo in > inside",
    `echo out > ${outside}/absolute`,
    "echo out > ../outside/relative",
    `ln -s ${outside} link; echo out > link/through-symlink`,
    `ln ${outside}/victim hard && echo out >> hard`,
    `echo out > /proc/self/root${outside}/proc-self`,
    `echo out > /proc/1/root${outside}/proc-one`,
    `echo out > /proc/$PPID/cwd/../../${outside}/parent`,
    `mv ${outside}/victim stolen`,
    `rm -rf ${outside}`,
    `mount --bind / /mnt; echo out > /mnt${outside}/mounted`,
    `unshare -Ur mount -o remount,rw /; echo out > ${outside}/remounted`,
    `mkdir -p ${outside}; echo out > ${outside}/made`,
    "echo out > /etc/fettle-was-here",
    "echo out > /usr/fettle-was-here",
  ];
  for (const script of attempts) await run(script);
  assert.equal(readFileSync(join(root, "inside"), "utf8"), "in\n");
  assert.deepEqual(readdirSync(outside), ["victim"]);
  assert.equal(readFileSync(join(outside, "victim"), "utf8"), "untouched");
  assert.equal(existsSync("/etc/fettle-was-here") || existsSync("/usr/fettle-was-here"), false);
});

test("a symlink that came with the workspace leads nowhere writable", async (t) => {
  const { outside, run } = await openTestWorkspace(t, (root) => symlinkSync("../outside", join(root, "shipped")));
  await run("echo out > shipped/file; mkdir shipped/folder");
  assert.deepEqual(readdirSync(outside), []);
});

test("a symlink put where a later mount goes does not move that mount", async (t) => {
  const { root, outside, run } = await openTestWorkspace(t);
  // The way to the workspace leads through the private /tmp here.
  const first = `/tmp/${root.split("/")[2]}`;
  await run(`cd /; mv ${first} /tmp/away; rm -rf ${first}; ln -s ${outside} ${first}; ln -s /etc /tmp/etc`);
  const second = await run("echo still > here; pwd");
  assert.equal(second.output, `${root}\n`);
  assert.equal(readFileSync(join(root, "here"), "utf8"), "still\n");
  assert.deepEqual(readdirSync(outside), []);
});

test("secrets of the home folder and the agent's state cannot be read", async (t) => {
  const { stateDir, run } = await openTestWorkspace(t, (_root, home) => {
    mkdirSync(join(home, ".ssh"));
    writeFileSync(join(home, ".ssh/id_rsa"), "SECRET-KEY");
    writeFileSync(join(home, ".npmrc"), "//r/:_authToken=SECRET-TOKEN");
    writeFileSync(join(home, ".gitconfig"), '[user]\n\tname = Ann\n[url "https://SECRET@h"]\n\tinsteadOf = h\n');
  });
  writeFileSync(join(stateDir, "auth.json"), "SECRET-STATE");
  const { output } = await run(
    `cat ~/.ssh/id_rsa ~/.npmrc ~/.gitconfig ${stateDir}/auth.json; ls -laR ~ ${stateDir} /run; git config --get user.name; grep -r SECRET /tmp ~ 2>&1`,
  );
  assert.doesNotMatch(output, /SECRET/);
  assert.match(output, /^Ann$/m);
});

test("of a folder with programs on the PATH no more is read, unless it is a tool's own", async (t) => {
  const previous = process.env.PATH;
  t.after(() => {
    process.env.PATH = previous;
  });
  const { run } = await openTestWorkspace(t, (_root, home) => {
    for (const [folder, beside] of [
      ["dotfiles", "secret"],
      ["tool", "lib"],
      ["checkout", "lib"],
    ] as const) {
      mkdirSync(join(home, folder, "bin"), { recursive: true });
      mkdirSync(join(home, folder, beside));
      writeFileSync(join(home, folder, beside, "file"), `in ${folder}\n`);
      writeFileSync(join(home, folder, "bin/program"), `#!/bin/sh\necho ${folder} runs\n`, { mode: 0o755 });
      process.env.PATH = `${process.env.PATH}:${join(home, folder, "bin")}`;
    }
    mkdirSync(join(home, "checkout/.git"));
  });
  const { output } = await run(
    "for d in dotfiles tool checkout; do ~/$d/bin/program; cat ~/$d/*/file; done 2>/dev/null",
  );
  assert.equal(output, "dotfiles runs\ntool runs\nin tool\ncheckout runs\n");
});

test("secrets in the environment are in no process's environment inside", async (t) => {
  const names = ["OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "MY_PASSWORD", "FOO"];
  for (const name of names) process.env[name] = `SECRET-${name}`;
  t.after(() => {
    for (const name of names) delete process.env[name];
  });
  const { run } = await openTestWorkspace(t);
  const { output } = await run("env; for p in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $p; done", {
    env: { GIVEN: "yes" },
  });
  assert.doesNotMatch(output, /SECRET/);
  assert.match(output, /^GIVEN=yes$/m);
  const { output: free } = await run("env", { policy: policyOf({ mode: "danger-full-access" }) });
  assert.match(free, /SECRET-FOO/);
});

test(".env files show empty unless git has them, examples stay readable", async (t) => {
  const { root, run } = await openTestWorkspace(t, (at) => {
    mkdirSync(join(at, "app"));
    for (const name of [".env", "app/.env.local", ".env.example"]) writeFileSync(join(at, name), `SECRET in ${name}\n`);
  });
  const { output } = await run(
    "cat .env app/.env.local .env.example; mv app b; cat b/.env.local; ln .env copy; cat copy; echo x > .env",
  );
  assert.equal(output.match(/SECRET in .*/g)?.join(), "SECRET in .env.example");
  assert.equal(readFileSync(join(root, ".env"), "utf8"), "SECRET in .env\n");
  assert.equal((await run("echo mine > app/.env; cat app/.env")).output, "mine\n");
  assert.equal((await run("cat app/.env")).output, "mine\n");
});

test("a listener on the host is out of reach, unless the network is given", async (t) => {
  const { run } = await openTestWorkspace(t);
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const script = `exec 9<>/dev/tcp/127.0.0.1/${address.port} && cat <&9`;
  assert.notEqual((await run(script)).code, 0);
  assert.equal(connections, 0);
  const open = await run(script, { policy: policyOf({ network: { kind: "host" } }) });
  assert.equal(open.output, "hello");
  assert.equal(connections, 1);
});

test("denied system calls are denied and ordinary ones work", async (t) => {
  const { run } = await openTestWorkspace(t);
  assert.notEqual((await run("unshare -U true")).code, 0);
  assert.notEqual((await run("mknod node c 1 3")).code, 0);
  assert.notEqual((await run("chroot / true")).code, 0);
  assert.equal((await run("mkfifo pipe && test -p pipe")).code, 0);
  assert.equal(
    (await run("grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status | tr -d '\\t\\n'")).output,
    "CapEff:0000000000000000NoNewPrivs:1Seccomp:2",
  );
});

test("no descriptor comes in that we were started with, nor the sandbox's own", async (t) => {
  const { root, outside, stateDir } = await openTestWorkspace(t);
  const program = join(import.meta.dirname, "../process/run-and-print.ts");
  const script = "ls -l /proc/1/fd /proc/self/fd; ls /proc/1/fd/9/ /proc/self/fd/9/";
  // An open folder is inherited as number 9, as a careless program would start us.
  const folder = openSync(outside, "r");
  const stdio = ["ignore", "pipe", "inherit", ...Array.from({ length: 6 }, () => "ignore" as const), folder] as const;
  const child = spawn(process.execPath, [program, root, stateDir, script], { stdio: [...stdio] });
  closeSync(folder);
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
  assert.match(output, /pipe-/);
  assert.doesNotMatch(output, /outside/);
  assert.doesNotMatch(output, /seccomp/);
});

test("read-only commands and read-only mode write nothing", async (t) => {
  const { root, run } = await openTestWorkspace(t);
  assert.notEqual((await run("echo a > file", { readOnly: true })).code, 0);
  assert.notEqual((await run("echo a > file", { policy: policyOf({ mode: "read-only" }) })).code, 0);
  assert.deepEqual(readdirSync(root), []);
  assert.equal((await run("echo kept > /tmp/note; cat /tmp/note", { readOnly: true })).output, "kept\n");
  assert.equal((await run("cat /tmp/note")).output, "kept\n");
});

test("writable roots can be written, their guarded places not", async (t) => {
  const { workspace, outside, run } = await openTestWorkspace(t);
  const policy = policyOf({ writableRoots: [outside] });
  await run(`echo a > ${outside}/file; echo b > ${outside}/.vscode/tasks.json; echo c > ${outside}/.git/config`, {
    policy,
  });
  assert.equal((await run("pwd", { policy, cwd: outside })).output, `${outside}\n`);
  await workspace.close();
  assert.deepEqual(readdirSync(outside), ["file"]);
});

test("refuses a folder outside, a missing folder, and configuration behind a symlink", async (t) => {
  const { workspace, root, outside } = await openTestWorkspace(t);
  const start = (cwd: string) => workspace.start({ script: "true", cwd, policy: policyOf() });
  for (const cwd of [outside, join(root, "missing")]) assert.equal((await start(cwd)).ok, false);
  symlinkSync(outside, join(root, ".vscode"));
  const refused = await start(root);
  assert.equal(refused.ok, false);
  assert.match(refused.ok ? "" : refused.message, /\.vscode is a symbolic link/);
});

test("placeholders and the private folder leave no trace", async (t) => {
  const { root, stateDir, workspace, run } = await openTestWorkspace(t);
  await run("git status; ls");
  while (readdirSync(root).length > 0) await new Promise((resolve) => setImmediate(resolve));
  await run("git status; ls");
  await workspace.close();
  assert.deepEqual(readdirSync(root), []);
  assert.deepEqual(readdirSync(join(stateDir, "sandbox")), []);
});
