import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { RequestRecord } from "../model/request-log.ts";
import { finalWords, scenarioNamed } from "../model/scenarios.ts";
import { type ModelServer, startModelServer } from "../model/server.ts";
import { findShellTool, shellArguments, smallestValue } from "../model/shell-tool.ts";

let model: ModelServer;
const folder = mkdtempSync(join(tmpdir(), "fettle-bench-"));
before(async () => {
  model = await startModelServer();
  mkdirSync(join(folder, "data"));
  for (let i = 0; i < 10; i++) writeFileSync(join(folder, `data/${i}.txt`), `${i}\n`);
});
after(() => {
  model.close();
  rmSync(folder, { recursive: true });
});

type Got = { status: number; text: string; broken: boolean; retryAfter: string | undefined };

const send = (method: string, path: string, body?: unknown): Promise<Got> =>
  new Promise((resolve, reject) => {
    const call = request(`${model.address}${path}`, { method, agent: false }, (response) => {
      let text = "";
      const done = (broken: boolean): void =>
        resolve({ status: response.statusCode ?? 0, text, broken, retryAfter: response.headers["retry-after"] });
      response.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      response.on("end", () => done(false));
      response.on("error", () => done(true));
    });
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });

const logOf = async (run: string): Promise<RequestRecord[]> => JSON.parse((await send("GET", `/log/${run}`)).text);

const runFloor = (scenario: string, run: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, FLOOR_URL: `${model.address}/run/${scenario}/${run}/v1` };
    const program = join(import.meta.dirname, "../floor.mjs");
    execFile(process.execPath, [program, "go"], { cwd: folder, env }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });

test("floor: does the scripted work, each request extending the last", async () => {
  assert.match(await runFloor("tools-5", "floor-tools"), new RegExp(finalWords));
  const log = await logOf("floor-tools");
  assert.equal(log.length, 6);
  assert.deepEqual(
    log.map(({ kind, resultOk, extendsLast }) => [kind, resultOk, extendsLast]),
    [["main", undefined, undefined], ...Array.from({ length: 5 }, () => ["main", true, true])],
  );
  assert.ok(log.slice(1).every(({ turnMs }) => turnMs !== undefined && turnMs > 0));
});

test("floor: a large output counts as seen by its beginning; a streamed answer arrives whole", async () => {
  assert.match(await runFloor("bigout", "floor-big"), new RegExp(finalWords));
  const [, second] = await logOf("floor-big");
  assert.deepEqual([second?.resultOk, second?.resultCharacters], [true, 10_000]);
  assert.match(await runFloor("stream-20", "floor-stream"), new RegExp(`piece0 piece1 .*piece19 .*${finalWords}`));
});

const shell = {
  type: "function",
  name: "shell",
  parameters: { properties: { command: { type: "string" } }, required: ["command"] },
};
const ask = { model: "m", stream: true, tools: [shell], input: [{ role: "user", content: "go" }] };

test("faults: the first answer is dropped or refused, the next one is whole", async () => {
  const drop = "/run/drop/a/v1/responses";
  const dropped = await send("POST", drop, ask);
  assert.ok(dropped.broken);
  assert.doesNotMatch(dropped.text, /response\.completed/);
  assert.match((await send("POST", drop, ask)).text, /response\.completed/);

  const refuse = "/run/429/b/v1/responses";
  const refused = await send("POST", refuse, ask);
  assert.deepEqual([refused.status, refused.retryAfter], [429, "1"]);
  assert.equal((await send("POST", refuse, ask)).status, 200);
});

test("a request without a shell tool is a side request and does not move the script", async () => {
  const path = "/run/tools-1/side/v1/responses";
  await send("POST", path, { ...ask, tools: [] });
  assert.match((await send("POST", path, ask)).text, /function_call/);
  assert.deepEqual(
    (await logOf("side")).map(({ kind }) => kind),
    ["side", "main"],
  );
});

const offers: { name: string; path: string; body: unknown; call: RegExp }[] = [
  {
    name: "Chat Completions",
    path: "/v1/chat/completions",
    body: {
      stream: true,
      tools: [{ type: "function", function: { name: "bash", parameters: shell.parameters } }],
      messages: [{ role: "user", content: "go" }],
    },
    call: /"name":"bash","arguments":"\{\\"command\\":/,
  },
  {
    name: "Messages",
    path: "/v1/messages",
    body: {
      stream: true,
      tools: [{ name: "Bash", input_schema: shell.parameters }],
      messages: [{ role: "user", content: "go" }],
    },
    call: /"type":"tool_use","id":"[^"]+","name":"Bash"/,
  },
  {
    name: "Gemini",
    path: "/v1beta/models/x:streamGenerateContent",
    body: {
      tools: [{ functionDeclarations: [{ name: "run_shell_command", parameters: shell.parameters }] }],
      contents: [{ role: "user", parts: [{ text: "go" }] }],
    },
    call: /"functionCall":\{"id":"[^"]+","name":"run_shell_command","args":\{"command":/,
  },
];

for (const { name, path, body, call } of offers) {
  test(`${name}: a call of the shell tool, as events and in one piece`, async () => {
    const run = name.replace(" ", "");
    const { text } = await send("POST", `/run/tools-1/${run}${path}`, body);
    assert.match(text, /^(event: .+\n)?data: /);
    assert.match(text, call);
    if (name === "Gemini") return;
    const whole = await send("POST", `/run/tools-1/${run}-whole${path}`, { ...(body as object), stream: false });
    assert.match(JSON.stringify(JSON.parse(whole.text)), /printf/);
  });
}

test("tools: the shell is found and called in each agent's way", () => {
  const listTool = { name: "shell", parameters: { properties: { command: { type: "array" } }, required: ["command"] } };
  const described = {
    name: "Bash",
    parameters: {
      properties: { command: { type: "string" }, description: { type: "string" } },
      required: ["command", "description"],
    },
  };
  const script = { name: "exec", parameters: {}, freeform: true };
  assert.equal(findShellTool([{ name: "read", parameters: {} }]), undefined);
  assert.equal(findShellTool([script, described]), described);
  assert.deepEqual(shellArguments(listTool, "ls"), { command: ["bash", "-c", "ls"] });
  assert.deepEqual(shellArguments(described, "ls"), { command: "ls", description: "description" });
  assert.match(String(shellArguments(script, "ls")), /exec_command\(\{ cmd: "ls" \}\)/);
  assert.deepEqual(
    smallestValue({ type: "object", required: ["a", "b"], properties: { a: { enum: ["x"] }, b: { type: "number" } } }),
    {
      a: "x",
      b: 0,
    },
  );
});

test("scenarios: an unknown name is refused", () => {
  assert.throws(() => scenarioNamed("nonsense"), /no scenario "nonsense"/);
});
