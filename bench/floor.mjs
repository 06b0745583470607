// The least that a Node.js process can do and still be an agent: send the history, run the command that comes back,
// append its output, send again. No sandbox of its own, no log, no retries. What anything else takes more is its own cost.
//
//     FLOOR_URL=http://127.0.0.1:PORT/… [FLOOR_WRAP='["bwrap",…]'] node bench/floor.mjs PROMPT
//
// Plain JavaScript, so that no time goes into stripping types.

import { spawn } from "node:child_process";
import http from "node:http";

const wrap = JSON.parse(process.env.FLOOR_WRAP ?? "[]");
const agent = new http.Agent({ keepAlive: true });
const parameters = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
const tools = [{ type: "function", name: "shell", description: "Runs a command.", parameters }];
const history = [{ type: "message", role: "user", content: [{ type: "input_text", text: process.argv[2] ?? "" }] }];

/** Sends the history; resolves to the finished items of the answer. */
const ask = () =>
  new Promise((resolve, reject) => {
    const body = Buffer.from(JSON.stringify({ model: "floor", stream: true, tools, input: history }));
    const headers = { "content-type": "application/json", "content-length": body.length };
    const request = http.request(`${process.env.FLOOR_URL}/responses`, { method: "POST", agent, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const items = [];
      let pending = "";
      response.setEncoding("utf8");
      response.on("error", reject);
      response.on("data", (text) => {
        pending += text;
        for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
          const event = JSON.parse(pending.slice(pending.indexOf("data: ") + 6, end));
          pending = pending.slice(end + 2);
          if (event.type === "response.output_item.done") items.push(event.item);
        }
      });
      response.on("end", () => resolve(items));
    });
    request.end(body);
  });

const maxOutput = 10_000;

const run = (command) =>
  new Promise((resolve, reject) => {
    const [file, ...args] = [...wrap, "/bin/sh", "-c", command];
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      if (output.length < maxOutput) output += chunk;
    });
    child.on("error", reject);
    child.on("close", () => resolve(output.slice(0, maxOutput)));
  });

for (let busy = true; busy; ) {
  busy = false;
  for (const item of await ask()) {
    history.push(item);
    if (item.type === "message") console.log(item.content[0].text);
    if (item.type !== "function_call") continue;
    const output = await run(JSON.parse(item.arguments).command);
    history.push({ type: "function_call_output", call_id: item.call_id, output });
    busy = true;
  }
}
agent.destroy();
