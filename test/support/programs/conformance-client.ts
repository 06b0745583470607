import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScriptedModel } from "../../../packages/agent/test/support/scripted-model.ts";
import type { ScriptedRequest, ScriptedStep } from "../../../packages/agent/test/support/scripted-steps.ts";
import { type FettleRun, startFettle } from "../fettle.ts";
import { allowTools, call, search } from "../mcp.ts";
import { toolResults } from "../scripted-run.ts";

/*
 * What the protocol's conformance program starts as "the client": the real fettle with a scripted model, in a home of its
 * own. `conformance-client.ts URL`; the scenario's name and what else it gives come in variables. A person with a browser
 * is played where a scenario wants a login.
 */

const url = process.argv.at(-1) ?? "";
const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";
type Given = { client_id?: string; client_secret?: string };
const given = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as Given;
const name = "conformance";

/** The tool that a scenario's server has, with what it wants. */
const calls: Readonly<Record<string, ScriptedStep>> = {
  tools_call: call(name, "add_numbers", { a: 5, b: 3 }),
  "elicitation-sep1034-client-defaults": call(name, "test_client_elicitation_defaults"),
  "sse-retry": call(name, "test_reconnection"),
};
/** Gives a tool the schema of another one, as the search showed it. */
const echoSchema = (request: ScriptedRequest): ScriptedStep => {
  const shown =
    /tool "json_schema_2020_12_tool"[\s\S]*?arguments: (.*)/.exec(toolResults(request).at(-1) ?? "")?.[1] ?? "null";
  return call(name, "json_schema_echo", { schema: JSON.parse(shown) as unknown });
};
const toolCall = scenario.startsWith("json-schema-2020-12") ? echoSchema : (calls[scenario] ?? call(name, "test-tool"));

const home = mkdtempSync(join(tmpdir(), "fettle-conformance-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
const work = join(home, "work");
mkdirSync(work);
const registered =
  given.client_id === undefined
    ? ""
    : `oauth = { client_id = "${given.client_id}", client_secret_env_var = "CONFORMANCE_SECRET" }\n`;
writeFileSync(join(home, "config.toml"), `[mcp_servers.${name}]\nurl = "${url}"\n${registered}`);
writeFileSync(join(home, "rules.toml"), allowTools(name));
const answers = join(home, "answers.jsonl");
writeFileSync(answers, `${JSON.stringify({ kind: "elicitation", match: `${name}/*`, answer: "once" })}\n`);

const start = (args: readonly string[]): FettleRun =>
  startFettle(args, {
    cwd: work,
    home,
    env: { OPENAI_API_KEY: "dummy", CONFORMANCE_SECRET: given.client_secret ?? "" },
  });

const told = async (run: FettleRun): Promise<string> => {
  const { code, stdout, stderr } = await run.finished;
  process.stdout.write(`${stdout}${stderr}(exit code ${code})\n`);
  return stdout;
};

/** Logs in, the browser following where it is sent. */
const logIn = async (): Promise<void> => {
  const run = start(["mcp", "login", name]);
  let opened = false;
  run.child.stdout?.on("data", () => {
    const page = /^(https?:\S+)$/m.exec(run.stdout())?.[1];
    if (page === undefined || opened) return;
    opened = true;
    fetch(page).catch((error: unknown) => console.error(`the browser: ${String(error)}`));
  });
  await told(run);
};

/** Runs a turn in which the model looks for the server's tools and calls one; whether a login is wanted. */
const takeTurn = async (): Promise<boolean> => {
  const model = await startScriptedModel({ steps: [search(), toolCall, { text: "done" }] });
  const options = [
    "-c",
    `openai_base_url=${model.baseUrl}`,
    "-m",
    "gpt-5",
    "--approval-file",
    answers,
    "--json",
    "--skip-git-repo-check",
  ];
  const said = await told(start(["exec", ...options, "go"]));
  const results = model.requests.at(-1)?.body ?? "";
  process.stdout.write(`${results}\n`);
  await model.close();
  return /wants a login|fettle mcp login/.test(`${said}${results}`);
};

/** Each login may be answered with the wish for a further one; a person gives up at some time. */
const mostLogins = 3;

let wanted = await takeTurn();
for (let round = 0; wanted && round < mostLogins; round += 1) {
  await logIn();
  wanted = await takeTurn();
}
