import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answer, answers, asked, done, ends, patch, shell, userRule } from "./support/approvals.ts";
import { git } from "./support/fettle.ts";
import { itemsOf, openScene, printed, storedLog, threadIdOf } from "./support/scripted-run.ts";

/* What leaves the sandbox or changes while it runs: the host, hosts of the network, the level. */

describe("exec: beyond the sandbox", { concurrency: 2 }, () => {
  test("escalate asks with the model's reason and runs on the host; unattended it is not offered", async (t) => {
    const scene = await openScene(t);
    const outside = join(scene.home, "..", "outside.txt");
    const step = shell(`echo x > '${outside}'`, { escalate: "the tool writes there" });
    scene.server.push(step, done, step, done);
    const alone = await scene.exec(["--json", "go"]);
    assert.match(String(ends(alone.events())[0]), /nobody is there to ask; it wants to run outside of the sandbox/);
    assert.ok(!(scene.server.requests[0]?.body ?? "").includes("escalate"));
    assert.equal(existsSync(outside), false);
    const run = await scene.exec(["--json", ...answers(scene, answer("echo*", "once")), "go"]);
    assert.ok((scene.server.requests[2]?.body ?? "").includes("escalate"));
    const [question] = itemsOf(run.events(), "approval");
    assert.equal(question?.reason, "the tool writes there");
    const [item] = itemsOf(run.events(), "command_execution");
    assert.deepEqual([item?.exit_code, item?.sandbox], [0, "danger-full-access"]);
    assert.equal(readFileSync(outside, "utf8"), "x\n");
  });

  test("-s read-only caps every level", async (t) => {
    const steps = [shell("echo x > x.txt"), shell("true", { escalate: "please" }), patch("y.txt"), done];
    const scene = await openScene(t, { steps });
    const file = answers(scene, answer("*", "thread"), answer("*", "thread", "patch"));
    const run = await scene.exec(["--json", "-s", "read-only", "--autonomy", "full", ...file, "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual([ends(run.events())[0], asked(run.events())], [1, []]);
    assert.match(String(ends(run.events())[1]), /may only read/);
    assert.equal(existsSync(join(scene.repository, "x.txt")) || existsSync(join(scene.repository, "y.txt")), false);
  });

  test("a rule that allows a command on the host runs it there without a question", async (t) => {
    const scene = await openScene(t);
    const outside = join(scene.home, "..", "made");
    userRule(scene, '[[rule]]\nprefix = ["mkdir"]\ndecision = "allow"\nrun = "host"\n');
    scene.server.push(shell(`mkdir '${outside}'`), done);
    const run = await scene.exec(["--json", "go"]);
    assert.deepEqual([ends(run.events()), asked(run.events()), existsSync(outside)], [[0], [], true]);
  });

  test("git push runs on the host once allowed, and starts no hook", async (t) => {
    const scene = await openScene(t, { steps: [shell("git push there HEAD:refs/heads/x"), done] });
    const remote = join(scene.home, "..", "remote.git");
    git(scene.repository, "init", "-q", "--bare", remote);
    git(scene.repository, "remote", "add", "there", remote);
    const hooked = join(scene.home, "..", "hooked");
    writeFileSync(join(scene.repository, ".git/hooks/pre-push"), `#!/bin/sh\ntouch '${hooked}'\n`, { mode: 0o755 });
    const run = await scene.exec(["--json", ...answers(scene, answer("git push*", "once")), "go"]);
    assert.deepEqual(asked(run.events()), ["git push there HEAD:refs/heads/x (host): once by program"]);
    assert.equal(ends(run.events())[0], 0, JSON.stringify(itemsOf(run.events(), "command_execution")));
    assert.match(git(remote, "for-each-ref"), /refs\/heads\/x/);
    assert.equal(existsSync(hooked), false);
  });

  test("outside of the sandbox nothing is typed into unseen", async (t) => {
    const scene = await openScene(t, { steps: [shell("bash", { escalate: "x", pty: true }), done] });
    const run = await scene.exec(["--json", ...answers(scene, answer("*", "thread")), "go"]);
    assert.match(String(ends(run.events())[0]), /gets no terminal/);
  });
});

describe("exec: a level that changes while a turn runs", () => {
  test("holds from the next command on, is in the log, and stays with the thread", async (t) => {
    const wait = "until [ -e go ]; do sleep 0.02; done";
    const scene = await openScene(t, {
      steps: [shell(wait), shell("echo b > b.txt"), done, shell("echo c > c.txt"), done],
    });
    const run = scene.start(["--json", "go"]);
    await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
    const changed = await scene.fettle(["autonomy", "edit", "--last"]);
    assert.equal(changed.code, 0, changed.stderr);
    writeFileSync(join(scene.repository, "go"), "");
    const events = (await run.finished).events();
    assert.deepEqual(ends(events)[0], 0);
    assert.match(String(ends(events)[1]), /at autonomy edit/);
    assert.deepEqual(
      storedLog(scene.home).flatMap((event) => (event.type === "autonomy.changed" ? [event.level] : [])),
      ["edit"],
    );
    const id = threadIdOf(events);
    assert.match((await scene.fettle(["autonomy", "--thread", id])).stdout, /^edit \(set for this thread\)/);
    const again = await scene.exec(["resume", id, "--json", "go on"]);
    assert.match(String(ends(again.events())[0]), /at autonomy edit/);
    assert.equal((await scene.fettle(["autonomy", "most", "--last"])).code, 2);
  });

  test("full can be taken back: the next command is in the sandbox again", async (t) => {
    const wait = "until [ -e go ]; do sleep 0.02; done";
    const scene = await openScene(t, { steps: [shell(wait), shell("echo b > b.txt"), done] });
    const run = scene.start(["--json", "-s", "danger-full-access", "go"]);
    await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
    await scene.fettle(["autonomy", "run"]);
    writeFileSync(join(scene.repository, "go"), "");
    const modes = itemsOf((await run.finished).events(), "command_execution").map((item) => item.sandbox);
    assert.deepEqual(modes, ["danger-full-access", "workspace-write"]);
  });
});

/** The id of a home's only thread. */
const storedThread = (home: string): string => threadIdOf(storedLog(home));

describe("exec: a level given for one run", { concurrency: 2 }, () => {
  test("leaves what was chosen for the thread as it was", async (t) => {
    const scene = await openScene(t, { steps: [done, shell("echo a > a.txt"), done, shell("echo b > b.txt"), done] });
    await scene.exec(["--json", "go"]);
    assert.equal((await scene.fettle(["autonomy", "suggest", "--last"])).code, 0);
    const full = await scene.exec(["resume", "--last", "--json", "--autonomy", "full", "go"]);
    assert.deepEqual(ends(full.events()), [0]);
    const again = await scene.exec(["resume", "--last", "--json", "go"]);
    assert.match(String(ends(again.events())[0]), /at autonomy suggest/);
  });

  test("is what fettle autonomy shows while it runs, and no longer", async (t) => {
    const scene = await openScene(t, { steps: [shell("until [ -e go ]; do sleep 0.02; done"), done] });
    const run = scene.start(["--json", "--autonomy", "full", "go"]);
    await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
    const during = (await scene.fettle(["autonomy"])).stdout;
    writeFileSync(join(scene.repository, "go"), "");
    await run.finished;
    assert.match(during, /^full \(given for the turn that runs now\)/);
    assert.match((await scene.fettle(["autonomy"])).stdout, /^run \(the default\)/);
  });
});

describe("exec: what fettle autonomy says before a run's first decision", { concurrency: 2 }, () => {
  for (const [chosen, given] of [
    [null, "full"],
    ["suggest", "run"],
    ["full", "suggest"],
  ] as const)
    test(`${given} for this run, ${chosen ?? "nothing"} chosen for the thread`, async (t) => {
      const scene = await openScene(t, { steps: [done, { fault: { type: "silent" } }] });
      await scene.exec(["--json", "go"]);
      if (chosen !== null) assert.equal((await scene.fettle(["autonomy", chosen])).code, 0);
      const run = scene.start(["resume", "--last", "--json", "--autonomy", given, "go"]);
      await scene.server.requested(2);
      const during = await scene.fettle(["autonomy"]);
      const shown = await scene.fettle(["threads", "show", storedThread(scene.home)]);
      run.child.kill("SIGINT");
      await run.finished;
      assert.match(during.stdout, new RegExp(`^${given} \\(given for the turn that runs now\\)`));
      if (given !== "run") assert.match(shown.stdout, new RegExp(`autonomy is ${given} from here on\\n$`));
      const after = chosen === null ? "run \\(the default\\)" : `${chosen} \\(set for this thread\\)`;
      assert.match((await scene.fettle(["autonomy"])).stdout, new RegExp(`^${after}`));
    });
});

describe("exec: the network of allowed hosts", { concurrency: 2 }, () => {
  const connect = (host: string): string =>
    `exec 9<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${host}:443 HTTP/1.1\\r\\nHost: ${host}:443\\r\\n\\r\\n' >&9; head -1 <&9`;

  test("a denied host is no question; an answer holds for the command that runs; all is in the log", async (t) => {
    const twice = `(${connect("once.invalid")}); (${connect("once.invalid")})`;
    const scene = await openScene(t, { steps: [shell(connect("deny.invalid")), shell(twice), shell(twice), done] });
    const file = answers(scene, answer("once*", "once", "network"));
    const run = await scene.exec(["--json", "-c", 'network.deny=["deny.invalid"]', ...file, "go"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(asked(run.events()), ["network: once by program", "network: once by program"]);
    const decided = storedLog(scene.home).filter((event) => event.type === "network.decided");
    assert.deepEqual(
      decided.map(({ host, port, protocol }) => `${host}:${port} ${protocol}`),
      ["deny.invalid:443 connect", "once.invalid:443 connect"],
    );
  });

  test("unattended: refused by nobody when hosts are configured, no network at all when none are", async (t) => {
    const scene = await openScene(t, { steps: [shell(connect("a.invalid")), done, shell(connect("a.invalid")), done] });
    const some = await scene.exec(["--json", "-c", 'network.allow=["b.invalid"]', "go"]);
    assert.deepEqual(asked(some.events()), ["network: no by nobody"]);
    assert.match(itemsOf(some.events(), "command_execution")[0]?.aggregated_output ?? "", /403/);
    const none = await scene.exec(["--json", "go"]);
    assert.deepEqual(asked(none.events()), []);
    assert.match(itemsOf(none.events(), "command_execution")[0]?.aggregated_output ?? "", /Connection refused/);
  });

  test("where it cannot be had there is none, and one line says so", async (t) => {
    const scene = await openScene(t, { steps: [shell("echo a > b.txt"), shell("echo b > c.txt"), done] });
    const run = await scene.exec(["--json", "-c", 'network.allow=["no host at all"]', "go"]);
    assert.deepEqual(ends(run.events()), [0, 0]);
    const notes = itemsOf(run.events(), "error").map(({ message }) => message);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? "", /^commands have no network here: .*no host at all/);
  });
});
