import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedCall, ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, livingProcesses, openScene, storedLog, toolResults } from "./support/scripted-run.ts";

/* The tools as a model meets them, through the real program: what it is told, and what programs see meanwhile. */

const call = (name: string, args: Record<string, unknown> | string): ScriptedCall => ({ name, arguments: args });
const shell = (args: Record<string, unknown>): ScriptedStep => ({ calls: [call("shell", args)] });
const patchOf = (body: string): string => `*** Begin Patch\n${body}\n*** End Patch\n`;
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";

describe("exec: tools", { concurrency: 2 }, () => {
  test("a long command goes on as a session and is polled to its end", async (t) => {
    const scene = await openScene(t, {
      steps: [
        shell({ command: "echo begun; read -r word < gate; echo got $word; exit 7", yield_ms: 20 }),
        shell({ session: 1, yield_ms: 20 }),
        shell({ command: "echo it > gate" }),
        shell({ session: 1, yield_ms: 60_000 }),
        shell({ session: 1 }),
        { text: "done" },
      ],
    });
    execFileSync("mkfifo", [join(scene.repository, "gate")]);
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    const results = toolResults(scene.server.requests[5]);
    assert.match(results[0] ?? "", /^running · session 1 · /);
    assert.match(results[1] ?? "", /^running · session 1 · /);
    assert.match(results[3] ?? "", /^exit 7 · /);
    const seen = [0, 1, 3].map((at) => (results[at] ?? "").split("\n").slice(1).join("\n")).join("");
    assert.equal(seen, "begun\ngot it\n", "each output is told once");
    assert.match(results[4] ?? "", /there is no running session 1; running sessions: none/);
    const ended = itemsOf(done.events(), "command_execution").find(({ command }) => command.startsWith("echo begun"));
    assert.deepEqual([ended?.exit_code, ended?.aggregated_output], [7, "begun\ngot it\n"]);
  });

  test("a session that ends while the model thinks still tells its last words", async (t) => {
    const scene = await openScene(t, {
      steps: [
        shell({ command: "read -r word < gate; echo last words; touch over", yield_ms: 0 }),
        shell({ command: "echo it > gate" }),
        shell({ command: "until [ -e over ]; do sleep 0.02; done" }),
        shell({ session: 1, yield_ms: 60_000 }),
        { text: "done" },
      ],
    });
    execFileSync("mkfifo", [join(scene.repository, "gate")]);
    const done = await scene.exec(["go"]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(toolResults(scene.server.requests[4])[3] ?? "", /^exit 0 · \d+\.\d\d s\nlast words\n$/);
  });

  test("a terminal takes input; an interrupt ends a command; the turn's end ends the rest", async (t) => {
    const nap = `12${process.pid}.25`;
    const scene = await openScene(t, {
      steps: [
        shell({ command: "test -t 0 && read -r word && echo got:$word", pty: true, yield_ms: 20 }),
        shell({ session: 1, input: "hello\n", yield_ms: 60_000 }),
        shell({ command: `sleep ${nap}`, yield_ms: 20 }),
        shell({ session: 2, input: "no\n" }),
        shell({ session: 2, input: "\u0003", yield_ms: 60_000 }),
        shell({ command: `sleep ${nap} & sleep ${nap}`, yield_ms: 20 }),
        { text: "done" },
      ],
    });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    const results = toolResults(scene.server.requests[6]);
    assert.match(results[1] ?? "", /^exit 0 · [\s\S]*got:hello/);
    assert.match(results[3] ?? "", /session 2 was started without pty, so its input is closed/);
    assert.match(results[4] ?? "", /^(?:signal SIGINT|exit 130) · /);
    assert.match(results[5] ?? "", /^running · session 3 · /);
    assert.deepEqual(livingProcesses(nap), []);
    const left = itemsOf(done.events(), "command_execution").at(-1);
    assert.equal(left?.status, "failed");
  });

  test("reads of one answer run together, a write waits for them", async (t) => {
    const scene = await openScene(t, {
      steps: [
        {
          calls: ["cat a.txt", "ls", "grep alpha a.txt", "echo beta > a.txt", "cat a.txt"].map((command) =>
            call("shell", { command }),
          ),
        },
        { text: "done" },
      ],
    });
    const done = await scene.exec(["--json", "go"]);
    const order = done
      .events()
      .flatMap((event) =>
        "item" in event && event.item.type === "command_execution" ? [`${event.type} ${event.item.command}`] : [],
      );
    assert.deepEqual(order.slice(0, 3), ["item.started cat a.txt", "item.started ls", "item.started grep alpha a.txt"]);
    assert.deepEqual(order.slice(6, 9), [
      "item.started echo beta > a.txt",
      "item.completed echo beta > a.txt",
      "item.started cat a.txt",
    ]);
    const outputs = toolResults(scene.server.requests[1]).map((text) => text.split("\n").slice(1).join("\n"));
    // What ran together ends in any order.
    assert.deepEqual(outputs.slice(0, 3).sort(), ["a.txt\n", "alpha\n", "alpha\n"]);
    assert.deepEqual(outputs.slice(3), ["", "beta\n"]);
  });

  test("of 5 MB the model sees head and tail with the size; the whole is on disk and readable later", async (t) => {
    const bytes = 5_000_000;
    const scene = await openScene(t, {
      steps: [shell({ command: `seq 1 900000 | head -c ${bytes - 5}; echo last` }), { text: "much" }],
    });
    const first = await scene.exec(["--json", "print much"]);
    const [item] = itemsOf(first.events(), "command_execution");
    assert.equal(item?.output_bytes, bytes);
    const path = item?.output_path ?? "";
    assert.equal(statSync(path).size, bytes);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const told = toolResults(scene.server.requests[1])[0] ?? "";
    assert.match(told, /^exit 0 · \d+\.\d\d s\n1\n2\n3\n/);
    assert.match(told, /\n… 4,987,712 bytes left out; whole output: \/.+ …\n/);
    assert.match(told, /\d\n?last\n$/);
    assert.ok(told.length < 13_000, `${told.length} characters are told`);
    assert.ok(JSON.stringify(storedLog(scene.home)).length < 100_000, "the log holds only head and tail");
    scene.server.push(shell({ command: `sed -n 400000p '${path}'; wc -c < '${path}'` }), { text: "seen" });
    await scene.exec(["resume", "--last", "look at the middle"]);
    assert.match(toolResults(scene.server.requests[3])[1] ?? "", /\n400000\n5000000\n$/);
  });

  test("apply_patch: as a function, freeform, and through the shell", async (t) => {
    const add = (name: string, text: string) => patchOf(`*** Add File: ${name}\n+${text}`);
    const update = patchOf("*** Update File: a.txt\n@@\n-alpha\n+beta");
    const steps: ScriptedStep[] = [
      { calls: [call("apply_patch", { input: update })] },
      { calls: [call("shell", { command: `apply_patch <<'EOF'\n${add("b.txt", "through the shell")}EOF\n` })] },
      { text: "done" },
    ];
    const functions = await openScene(t, { steps });
    const done = await functions.exec([...functions.chat(), "--json", "go"]);
    assert.deepEqual(
      itemsOf(done.events(), "file_change").map(({ changes, status }) => ({ changes, status })),
      [
        { changes: [{ path: "a.txt", kind: "update" }], status: "completed" },
        { changes: [{ path: "b.txt", kind: "add" }], status: "completed" },
      ],
    );
    assert.equal(readFileSync(join(functions.repository, "a.txt"), "utf8"), "beta\n");
    assert.equal(readFileSync(join(functions.repository, "b.txt"), "utf8"), "through the shell\n");
    const freeform = await openScene(t, {
      steps: [{ calls: [{ name: "apply_patch", input: update }] }, { text: "ok" }],
    });
    assert.equal((await freeform.exec(["go"])).code, 0);
    assert.equal(readFileSync(join(freeform.repository, "a.txt"), "utf8"), "beta\n");
    const [offered, answered] = freeform.server.requests.map(({ body }) => JSON.parse(body));
    const tool = offered.tools.find(({ name }: { name: string }) => name === "apply_patch");
    assert.deepEqual([tool.type, tool.format.type, tool.format.syntax], ["custom", "grammar", "lark"]);
    assert.equal(answered.input.at(-1).type, "custom_tool_call_output");
  });

  test("a patch that does not fit changes nothing; the model and the JSON stream both see why", async (t) => {
    const half = patchOf("*** Add File: new.txt\n+new\n*** Update File: a.txt\n@@\n-omega\n+beta");
    const scene = await openScene(t, { steps: [{ calls: [{ name: "apply_patch", input: half }] }, { text: "sorry" }] });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0);
    const [item] = itemsOf(done.events(), "file_change");
    assert.deepEqual([item?.status, item?.changes], ["failed", []]);
    assert.match(item?.error ?? "", /a\.txt[\s\S]*omega/);
    assert.equal(toolResults(scene.server.requests[1])[0], item?.error);
    assert.equal(existsSync(join(scene.repository, "new.txt")), false);
    assert.equal(readFileSync(join(scene.repository, "a.txt"), "utf8"), "alpha\n");
  });

  test("plan, picture, unknown tool, invalid arguments: each is answered and shown", async (t) => {
    const step = (status: string) => ({ plan: [{ step: "Look", status }] });
    const scene = await openScene(t, {
      steps: [
        { calls: [call("update_plan", step("in_progress"))] },
        { calls: [call("view_image", { path: "pixel.png" }), call("view_image", { path: "/etc/passwd" })] },
        { calls: [call("make_coffee", { sugar: 2 })] },
        { calls: [call("shell", '{"command": "ls'), call("shell", { command: 7 }), call("shell", {})] },
        { calls: [call("update_plan", step("completed"))] },
        { text: "done" },
      ],
    });
    writeFileSync(join(scene.repository, "pixel.png"), Buffer.from(pixel, "base64"));
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    const plans = done.events().flatMap((event) => ("item" in event && event.item.type === "todo_list" ? [event] : []));
    assert.deepEqual(
      plans.map(({ type, item }) => [type, item.type === "todo_list" && item.items[0]?.completed]),
      [
        ["item.started", false],
        ["item.updated", true],
        ["item.completed", true],
      ],
    );
    const results = toolResults(scene.server.requests[5]);
    assert.match(results[1] ?? "", new RegExp(`input_image.+base64,${pixel.replaceAll(/[+/=]/g, "\\$&")}`));
    assert.match(results[2] ?? "", /\/etc\/passwd is outside the workspace/);
    assert.match(results[3] ?? "", /^there is no tool named "make_coffee"; the tools are: shell, apply_patch, /);
    assert.match(results[4] ?? "", /^the arguments are not valid JSON: /);
    assert.match(results[5] ?? "", /^the arguments are not valid: command must be of type string$/);
    assert.match(results[6] ?? "", /^give either command \(to start one\) or session/);
    assert.deepEqual(
      itemsOf(done.events(), "tool_call").map(({ tool, status }) => [tool, status]),
      [
        ["view_image", "completed"],
        ["view_image", "failed"],
        ["make_coffee", "failed"],
        ["shell", "failed"],
        ["shell", "failed"],
        ["shell", "failed"],
      ],
    );
  });

  test("what a command plants for git is made harmless, and both the model and the person are told", async (t) => {
    const planting = "git init -q sub && git -C sub config core.fsmonitor 'touch planted' && cat sub/.git/HEAD";
    const scene = await openScene(t, { steps: [shell({ command: planting }), { text: "done" }] });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(
      toolResults(scene.server.requests[1])[0] ?? "",
      /refs\/heads[\s\S]*\[fettle: [^\n]*sub[^\n]*quarantined/,
    );
    assert.match(itemsOf(done.events(), "error")[0]?.message ?? "", /quarantined/);
    execFileSync("git", ["-C", join(scene.repository, "sub"), "status"], { stdio: "ignore" });
    assert.equal(existsSync(join(scene.repository, "sub/planted")), false);
  });

  test("read-only: neither commands nor patches write, and the workspace stays as it was", async (t) => {
    const scene = await openScene(t, {
      steps: [
        shell({ command: "echo no > a.txt; echo no > b.txt; cat a.txt" }),
        { calls: [{ name: "apply_patch", input: patchOf("*** Add File: b.txt\n+no") }] },
        { text: "could not" },
      ],
    });
    const done = await scene.exec(["--json", "-s", "read-only", "write"]);
    assert.equal(done.code, 0);
    const results = toolResults(scene.server.requests[2]);
    assert.match(results[0] ?? "", /Read-only file system[\s\S]*alpha\n$/);
    assert.equal(itemsOf(done.events(), "file_change")[0]?.status, "failed");
    assert.equal(readFileSync(join(scene.repository, "a.txt"), "utf8"), "alpha\n");
    assert.equal(existsSync(join(scene.repository, "b.txt")), false);
  });

  test("--add-dir is writable, other folders are not; full access is only by flag", async (t) => {
    const scene = await openScene(t);
    const other = join(scene.home, "..", "other");
    const third = join(scene.home, "..", "third");
    execFileSync("mkdir", [other, third]);
    const command = `echo x > '${other}/x'; echo x > '${third}/x'`;
    scene.server.push(shell({ command }), { text: "ok" }, shell({ command }), { text: "ok" });
    assert.equal((await scene.exec(["--add-dir", other, "write"])).code, 0);
    assert.deepEqual([existsSync(join(other, "x")), existsSync(join(third, "x"))], [true, false]);
    assert.equal((await scene.exec(["-s", "danger-full-access", "write"])).code, 0);
    assert.equal(existsSync(join(third, "x")), true);
  });
});
