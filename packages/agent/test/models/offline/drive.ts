import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { InputItem, OutputPart, ToolCallPart } from "@fettle/protocol";
import { applyPatch } from "@fettle/workspace";
import type { Model, ModelRequest, ToolSpec } from "../../../src/model.ts";
import { confined } from "../../support/confined.ts";

/*
 * The least that is needed to let the engine work for real: its shell calls run by /bin/sh confined to a folder, its patches
 * applied by the workspace's own code.
 */

const spec = (name: string): ToolSpec => ({ name, description: name, parameters: { type: "object" } });
export const toolSpecs = ["shell", "apply_patch", "update_plan"].map(spec);

export const userMessage = (text: string): InputItem => ({
  type: "message",
  role: "user",
  content: [{ type: "text", text }],
});

export const requestFor = (input: readonly InputItem[], more: Partial<ModelRequest> = {}): ModelRequest => ({
  instructions: "",
  tools: toolSpecs,
  input,
  cacheKey: "thread",
  ...more,
});

/** A folder with these files, committed in a git repository unless `git` is false; removed by `dispose`. */
export const makeRepository = (
  files: Readonly<Record<string, string>>,
  git = true,
): { root: string; [Symbol.dispose](): void } => {
  const root = mkdtempSync(join(tmpdir(), "fettle-offline-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const script =
    "git init -q && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm first --allow-empty";
  if (git) spawnSync("/bin/sh", ["-c", script], { cwd: root, stdio: "ignore" });
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
};

const runShell = (root: string, command: string): string => {
  // A test run inside a test run would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  env.PATH = `${dirname(process.execPath)}:${env.PATH ?? ""}`;
  const options = { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 26 } as const;
  const [program, ...args] = confined(root, ["/bin/sh", "-c", `exec 2>&1\n${command}`]);
  const { status, signal, stdout } = spawnSync(program, args, options);
  return `${status === null ? `signal ${signal ?? "?"}` : `exit ${status}`} · 0.10 s\n${stdout}`;
};

const runCall = async (root: string, call: ToolCallPart): Promise<string> => {
  const args: Record<string, unknown> = JSON.parse(call.arguments);
  if (call.name === "update_plan") return "Plan shown.";
  if (call.name === "shell") return runShell(root, String(args.command));
  const outcome = await applyPatch(String(args.input), { cwd: root, roots: [root] });
  return outcome.ok ? outcome.summary : outcome.message;
};

export const textOf = (parts: readonly OutputPart[]): string =>
  parts.map((part) => (part.type === "text" ? part.text : "")).join("");

export type Run = { readonly input: InputItem[]; readonly commands: string[]; readonly final: string };

/** Gives `prompt` to the model after `before`, runs what it calls in `root`, and goes on to its last answer. */
export const drive = async (
  model: Model,
  root: string,
  prompt: string,
  before: readonly InputItem[] = [],
): Promise<Run> => {
  const input: InputItem[] = [...before, userMessage(prompt)];
  const commands: string[] = [];
  for (let steps = 0; steps < 60; steps++) {
    const outcome = await model.stream(requestFor(input), () => {}, new AbortController().signal);
    if (outcome.type === "failed") throw new Error(outcome.failure.message);
    input.push({ type: "output", model: "offline", parts: [...outcome.output] });
    const calls = outcome.output.filter((part) => part.type === "call");
    if (calls.length === 0) return { input, commands, final: textOf(outcome.output) };
    for (const call of calls) {
      if (call.name === "shell") commands.push(String(JSON.parse(call.arguments).command));
      const text = await runCall(root, call);
      input.push({ type: "result", call_id: call.call_id, name: call.name, content: [{ type: "text", text }] });
    }
  }
  throw new Error("the engine did not come to an end in 60 steps");
};
