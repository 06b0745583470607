import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputItem } from "@fettle/protocol";
import { type Decision, decide } from "../../../src/models/offline/decide.ts";
import { userMessage } from "./drive.ts";

/*
 * The decider over conversations written by hand: what it calls next when the tools say this or that.
 */

const options = { searchProgram: ["node", "/search it/main.js"], seed: 1, seconds: 20 };
const allTools = new Set(["shell", "apply_patch", "update_plan"]);

type Results = (call: { name: string; args: Record<string, unknown> }) => string | InputItem;

/** Lets the decider go on, each call answered by `results`, until that gives a user's message or there is an answer. */
const goOn = (input: InputItem[], results: Results, tools: ReadonlySet<string> = allTools): Decision => {
  for (let steps = 0; steps < 40; steps++) {
    const decision = decide(input, options, tools);
    if (decision.type === "answer") return decision;
    const { step, firstCall } = decision;
    const answered: InputItem[] = [];
    for (const [index, { name, args }] of step.calls.entries()) {
      const result = results({ name, args });
      if (typeof result !== "string") {
        input.push(result);
        return decide(input, options, tools);
      }
      const call_id = `c${firstCall + index}`;
      answered.push({ type: "result", call_id, name, content: [{ type: "text", text: result }] });
    }
    const parts = step.calls.map((call, index) => ({
      type: "call" as const,
      call_id: `c${firstCall + index}`,
      name: call.name,
      arguments: JSON.stringify(call.args),
    }));
    input.push({ type: "output", model: "offline", parts }, ...answered);
  }
  throw new Error("no end after 40 steps");
};

const exit = (code: number, output: string): string => `exit ${code} · 0.10 s\n${output}`;

const world =
  (over: Record<string, string | InputItem> = {}): Results =>
  ({ name, args }) => {
    if (name !== "shell")
      return name === "update_plan" ? "Plan shown." : "Success. Updated the following files:\nM a.js\n";
    const command = String(args.command ?? `session ${String(args.session)}`);
    const key = Object.keys(over).find((start) => command.startsWith(start));
    if (key !== undefined) return over[key] ?? "";
    if (command.startsWith("ls -ap")) return exit(0, "./\n../\na.js\npackage.json\nnode_modules/\n");
    if (command.startsWith("git ls-files")) return exit(0, "a.js\npackage.json\n");
    if (command.endsWith("head -c 1000000 package.json"))
      return exit(0, '{"scripts":{"test":"tape t.js","unit":"tape u.js"}}');
    return exit(command.startsWith("npm") ? 1 : 0, "");
  };

const commandsOf = (decision: Decision): unknown[] =>
  decision.type === "answer" ? [] : decision.step.calls.map(({ args }) => args.command ?? args.session);
const textOf = (decision: Decision): string => (decision.type === "answer" ? decision.answer.text : decision.step.say);

test("words given on the way change what comes next", () => {
  const timed = goOn(
    [userMessage("make the tests pass")],
    world({ "node '/search it": userMessage("for 60 seconds, seed 9") }),
  );
  assert.deepEqual(
    commandsOf(timed).at(-1),
    "node '/search it/main.js' --root . --test 'npm test' --seconds 60 --seed 9",
  );
  const renamed = goOn(
    [userMessage("make the tests pass")],
    world({ "node '/search it": userMessage("use `npm run unit`") }),
  );
  assert.deepEqual(commandsOf(renamed).at(-1), "npm run unit");
  const stopped = goOn([userMessage("make the tests pass")], world({ "node '/search it": userMessage("stop") }));
  assert.match(textOf(stopped), /^Stopped\./);
});

test("takes the test command from AGENTS.md before package.json, and the user's before both", () => {
  const told: InputItem = {
    type: "message",
    role: "developer",
    content: [{ type: "text", text: "Run the tests with `npm run unit`." }],
  };
  const seen: unknown[] = [];
  const watch: Results = (call) => {
    if (call.name === "shell") seen.push(call.args.command);
    return world()(call);
  };
  goOn([told, userMessage("make the tests pass")], watch);
  assert.ok(seen.includes("npm run unit") && !seen.includes("npm test"));
  seen.length = 0;
  goOn([told, userMessage("`npm run other` fails")], watch);
  assert.ok(seen.includes("npm run other") && !seen.includes("npm run unit"));
});

test("shows a plan only where there is a tool for it", () => {
  const names = (tools: ReadonlySet<string>): Set<string> => {
    const called = new Set<string>();
    goOn(
      [userMessage("make the tests pass")],
      (call) => {
        called.add(call.name);
        return world()(call);
      },
      tools,
    );
    return called;
  };
  assert.ok(names(allTools).has("update_plan"));
  assert.ok(!names(new Set(["shell", "apply_patch"])).has("update_plan"));
});

test("says what is missing after it tried once to install it", () => {
  const commands: unknown[] = [];
  const end = goOn([userMessage("make the tests pass")], (call) => {
    if (call.name === "shell") commands.push(call.args.command);
    return world({
      "ls -ap": exit(0, "package.json\npackage-lock.json\n"),
      "npm test": exit(127, "sh: 1: tape: not found\n"),
      "npm ci": exit(1, "npm error code EAI_AGAIN\n"),
    })(call);
  });
  assert.equal(commands.filter((command) => String(command).startsWith("npm ci")).length, 1);
  assert.match(textOf(end), /^`npm test` cannot run here: the program tape is not installed/);
  assert.match(textOf(end), /I tried `npm ci .*exit 1:\n {4}npm error code EAI_AGAIN/);
  assert.match(textOf(end), /network_access=true/);
});

test("a run in which the sandbox is missing ends with its words", () => {
  const end = goOn(
    [userMessage("make the tests pass")],
    world({ "npm test": "not started: bubblewrap is not installed" }),
  );
  assert.equal(textOf(end), "`npm test` could not be started: not started: bubblewrap is not installed");
});

test("polls the search and reads a report that came in parts", () => {
  const report = `{"fettle_search":1,"status":"not_found","test":{"command":"npm test","failing":[{"name":"adds","message":"Not equal:\\n\\n1 !== 2\\n"}],"runner":"tape"},"tried":4,"total":4,"elapsedMs":900,"engine":"in-process","alternatives":[],"suspicious":[],"reason":"all were tried"}`;
  const end = goOn(
    [userMessage("make the tests pass")],
    world({
      "node '/search it": "running · session 5 · 10.00 s\ntried 2 of 4\n",
      "session 5": exit(0, `tried 4 of 4\n${report}\n`),
    }),
  );
  assert.match(textOf(end), /no single edit that I tried makes it pass\. No file is changed\. Reason: all were tried/);
  assert.match(textOf(end), /- adds: Not equal: 1 !== 2/);
});
