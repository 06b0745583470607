import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { callModel, testChoice, testRequest, userMessage } from "../support/remote-choice.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const program = fileURLToPath(new URL("../support/scripted-model.ts", import.meta.url));

test("the scripted server as a program", async (t) => {
  const script = join(temporaryFolder(t), "steps.json");
  writeFileSync(script, JSON.stringify([{ text: "from a file" }]));
  const child = spawn(process.execPath, [program, "--script", script], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(async () => {
    child.kill();
    await once(child, "exit");
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { url, baseUrl } = JSON.parse(line) as { url: string; baseUrl: string };
  const { outcome } = await callModel(testChoice(baseUrl, "responses"), testRequest([userMessage("x")]));
  assert.ok(outcome.type === "completed");
  assert.deepEqual(outcome.output, [{ type: "text", text: "from a file", id: "msg_1" }]);
  const requests = (await (await fetch(`${url}/__requests`)).json()) as { path: string }[];
  assert.deepEqual(
    requests.map((request) => request.path),
    ["/v1/responses"],
  );
});
