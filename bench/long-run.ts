import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { responsesWire } from "./model/responses-wire.ts";
import type { Answer } from "./model/wire.ts";

/*
 * npm run bench:long [-- --steps 5000 --kills 10]: a run of days in minutes. A scripted model with a small window works
 * through thousands of commands. It looks at every request for what a long run must not lose, asks the history tool for
 * facts that have left its window, and fettle is killed with -9 on the way and resumed. Exits 1 when a promise is broken.
 */

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "5000" },
    kills: { type: "string", default: "10" },
    window: { type: "string", default: "24000" },
  },
});
const steps = Number(values.steps);
const kills = Number(values.kills);
const window = Number(values.window);

const rule = "Never write to generated/ and sign every summary with the words copper lantern.";
const prompt = `Work through all ${steps} steps, one command each. ${rule}`;

type Entry = { type?: string; role?: string; call_id?: string; output?: unknown; content?: unknown };
const textOf = (entry: Entry): string => {
  const value = entry.output ?? entry.content ?? "";
  return typeof value === "string" ? value : JSON.stringify(value);
};

const fact = (step: number): string => `fact-${step}-${((step * 7919) % 100_003).toString(36)}`;
/** About 1,000 characters of output, and a line in a file that shows how often each step really ran. */
const command = (step: number): string =>
  `echo ${step} >> done.txt; echo ${fact(step)}; for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i of step ${step}, as long as the output of an ordinary command tends to be, or longer"; done`;

const broken: string[] = [];
const overheads: number[] = [];
let step = 0;
let requests = 0;
let compactions = 0;
let lookups = 0;
let answeredAt = 0;
let pending: "command" | "lookup" | null = null;
let wanted = 0;
/** Steps whose result reached the model: what a kill cut off has none to be found. */
const told: number[] = [];
let child: ChildProcess | null = null;
/** Requests since the last kill. The first may still be one that the killed process had sent. */
let sinceKill = Number.POSITIVE_INFINITY;
let killAt = new Set<number>();
let resentBytes = 0;
let extensions = 0;
let previous = "";

const promise = (holds: boolean, what: string): void => {
  if (!holds && broken.length < 20) broken.push(`step ${step}: ${what}`);
};

let calls = 0;
const call = (name: string, args: Record<string, unknown>): Answer => {
  calls += 1;
  return { kind: "call", id: `call_${calls}`, tool: { name, parameters: {} }, arguments: args };
};

/** What the model does next: look something old up now and then, else the next command. */
const next = (): Answer => {
  if (step > 200 && step % 97 === 0 && pending !== "lookup") {
    pending = "lookup";
    wanted = told[Math.floor(Math.random() * (told.length - 150))] ?? 1;
    lookups += 1;
    return call("history", { search: `fact-${wanted}-` });
  }
  if (step >= steps) return { kind: "text", text: "All steps are done. copper lantern" };
  step += 1;
  pending = "command";
  return call("shell", { command: command(step) });
};

/** An answer that fettle was killed over before it had read it was never given: it is given again. */
const forgetLost = (input: readonly Entry[]): void => {
  if (pending === null || input.some(({ call_id }) => call_id === `call_${calls}`)) return;
  if (pending === "command") step -= 1;
  pending = null;
};

const look = (input: readonly Entry[]): void => {
  const users = input.filter(({ role }) => role === "user" || role === "developer").map(textOf);
  promise(
    users.some((words) => words.includes(rule)),
    "the user's rule is no longer in the input",
  );
  const last = textOf(input.at(-1) ?? {});
  if (pending === "lookup") {
    promise(last.includes(fact(wanted)), `history did not find fact ${wanted}: ${last.slice(0, 200)}`);
    return;
  }
  // After a kill the user's words follow the result, or the note that there is none.
  const latest = input.slice(-3).map(textOf).join("\n");
  if (pending !== "command") return;
  if (latest.includes(fact(step))) told.push(step);
  else promise(/was stopped/.test(latest), `no result of step ${step}: ${latest.slice(0, 200)}`);
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const now = performance.now();
  if (request.method !== "POST") {
    response.writeHead(200, { "content-type": "application/json" }).end('{"data":[]}');
    return;
  }
  requests += 1;
  const parsed = JSON.parse(body) as { input: Entry[]; model: string };
  const tokens = Math.ceil(body.length / 4);
  const last = textOf(parsed.input.at(-1) ?? {});
  const isNotes = last.includes("about to be replaced by a checkpoint");
  if (body.startsWith(previous.slice(0, -2))) extensions += 1;
  else resentBytes += body.length - commonPrefix(body, previous);
  previous = body;
  if (tokens > window) {
    promise(false, `a request of ${tokens} tokens does not fit ${window}`);
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { code: "context_length_exceeded", message: "too long" } }));
    return;
  }
  if (isNotes) compactions += 1;
  else {
    if (answeredAt > 0) overheads.push(now - answeredAt);
    sinceKill += 1;
    if (sinceKill <= 2) forgetLost(parsed.input);
    look(parsed.input);
  }
  const notes: Answer = { kind: "text", text: `Steps up to ${step} are done; go on with the next.` };
  const reply = { id: `resp_${requests}`, model: parsed.model, promptTokens: tokens, cachedTokens: 0 };
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(responsesWire.opening(reply) + responsesWire.closing(reply, isNotes ? notes : next()));
  answeredAt = isNotes ? 0 : performance.now();
  if (killAt.delete(step)) {
    answeredAt = 0;
    // At a random moment of what follows: while it reads, runs, or writes.
    setTimeout(() => child?.kill("SIGKILL"), Math.random() * 12);
  }
};

const commonPrefix = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
};

const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;

const folder = mkdtempSync(join(tmpdir(), "fettle-long-"));
const work = join(folder, "work");
mkdirSync(work);
const git = spawn("git", ["init", "-q", work]);
await once(git, "exit");
writeFileSync(join(work, "a.txt"), "alpha\n");

const memoryOf = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

/** The built package where there is one: running from source needs memory of its own. */
const built = join(import.meta.dirname, "../dist/bin/fettle.mjs");
const fettle = existsSync(built) ? [process.execPath, built] : [join(import.meta.dirname, "../bin/fettle")];
const memory: number[] = [];

const run = async (
  args: readonly string[],
): Promise<{ code: number | null; signal: string | null; stderr: string }> => {
  const flags = ["-c", `openai_base_url=${baseUrl}`, "-c", `model_context_window=${window}`, "-m", "gpt-5"];
  const [file = "", ...before] = fettle;
  child = spawn(file, [...before, "exec", ...flags, ...args], {
    cwd: work,
    env: { PATH: process.env.PATH ?? "", HOME: folder, FETTLE_HOME: join(folder, "home"), OPENAI_API_KEY: "dummy" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2000);
  });
  const { pid } = child;
  const sampling = setInterval(() => memory.push(memoryOf(pid ?? 0)), 100);
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearInterval(sampling);
  return { code, signal, stderr };
};

const startedAt = performance.now();
killAt = new Set(
  Array.from({ length: kills }, (_, index) => Math.floor(((index + 0.3 + Math.random() * 0.6) * steps) / kills)),
);
let ended = await run([prompt]);
let killed = 0;
while (ended.signal === "SIGKILL" && killed < kills + 1) {
  killed += 1;
  sinceKill = 0;
  ended = await run(["resume", "--last", "Go on where you were."]);
}
server.close();
server.closeAllConnections();

const counts = new Map<string, number>();
for (const line of readFileSync(join(work, "done.txt"), "utf8").split("\n").filter(Boolean))
  counts.set(line, (counts.get(line) ?? 0) + 1);
const repeated = [...counts.values()].filter((count) => count > 1).length;
promise(ended.code === 0, `it ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-400)}`);
promise(repeated === 0, `${repeated} steps ran more than once`);
// A command that a kill cut off before it began is not made up for.
promise(counts.size >= steps - killed, `${steps - counts.size} steps never ran`);

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
const tenth = Math.floor(overheads.length / 10);
const early = median(overheads.slice(0, tenth));
const late = median(overheads.slice(-tenth));
const peak = Math.max(...memory);
promise(compactions >= (steps / 5000) * 40, `only ${compactions} compactions`);
promise(peak <= 200, `memory rose to ${peak.toFixed(0)} MB`);
promise(late <= early * 1.5, `a turn takes ${late.toFixed(1)} ms at the end, ${early.toFixed(1)} at the start`);

console.log(
  `steps ${counts.size} of ${steps}, requests ${requests}, compactions ${compactions}, killed ${killed} times, history asked ${lookups} times`,
);
console.log(
  `a turn: ${early.toFixed(1)} ms in the first tenth, ${late.toFixed(1)} ms in the last (${(late / early).toFixed(2)}x)`,
);
const tenths = Array.from({ length: 10 }, (_, at) => {
  const part = memory.slice(Math.floor((at * memory.length) / 10), Math.floor(((at + 1) * memory.length) / 10));
  return Math.max(0, ...part).toFixed(0);
});
console.log(`memory, peak of each tenth of the time, MB: ${tenths.join(" ")}`);
console.log(
  `memory: peak ${peak.toFixed(0)} MB, median of the last tenth ${median(memory.slice(-Math.ceil(memory.length / 10))).toFixed(0)} MB`,
);
console.log(
  `requests that extend the one before byte for byte: ${extensions} of ${requests}; sent anew at the others: ${Math.round(resentBytes / Math.max(1, requests - extensions))} bytes each`,
);
console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
for (const line of broken) console.log(`BROKEN ${line}`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = broken.length > 0 ? 1 : 0;
