import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ThreadEvent } from "@fettle/protocol";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, type Scene } from "./scripted-run.ts";

/** A step of the model that runs a command. */
export const shell = (command: string, more: Record<string, unknown> = {}): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, ...more } }],
});
/** A step of the model that adds a file. */
export const patch = (path: string): ScriptedStep => ({
  calls: [{ name: "apply_patch", input: `*** Begin Patch\n*** Add File: ${path}\n+text\n*** End Patch\n` }],
});
/** The model's last step. */
export const done: ScriptedStep = { text: "done" };

/** Writes a file of answers beside the scene's home; gives the options that name it. */
export const answers = (scene: Scene, ...lines: readonly Record<string, string>[]): string[] => {
  const path = join(scene.home, "..", "answers.jsonl");
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return ["--approval-file", path];
};
/** A line of such a file. */
export const answer = (match: string, choice: string, kind = "command") => ({ kind, match, answer: choice });

/** How each command ended: its exit code, or why it did not run. */
export const ends = (events: readonly ThreadEvent[]): (number | string | undefined)[] =>
  itemsOf(events, "command_execution").map((item) => item.error ?? item.exit_code);

/** Each question with its answer. */
export const asked = (events: readonly ThreadEvent[]): string[] =>
  itemsOf(events, "approval").map(({ subject, answer: said }) => {
    const what = subject.kind === "command" ? `${subject.command} (${subject.run})` : subject.kind;
    return `${what}: ${said?.choice} by ${said?.by}`;
  });

/** Makes this the user's rules file. */
export const userRule = (scene: Scene, text: string): void => {
  mkdirSync(scene.home, { recursive: true });
  writeFileSync(join(scene.home, "rules.toml"), text);
};
