import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../../usage-error.ts";
import type { App } from "./app.ts";

/* Other programs: those that get the terminal for a while, and fettle's own commands, whose words are shown. */

/** This program itself, as it was started. */
const ownProgram = (): readonly string[] => [process.execPath, ...process.execArgv, process.argv[1] ?? ""];

/** Gives the terminal to a program until it ends; its exit code. */
export const onTerminal = async (app: App, command: readonly string[], cwd: string): Promise<number> => {
  const [file = "", ...args] = command;
  process.stdin.pause();
  app.draw();
  app.makeWay();
  app.modes.restore();
  app.state.outside = true;
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(file, args, { cwd, stdio: "inherit" });
      child.on("error", (error) => reject(new CommandError(`${file} cannot be started: ${error.message}`)));
      child.on("close", (code) => resolve(code ?? 1));
    });
  } finally {
    app.state.outside = false;
    process.stdin.resume();
    app.modes.enter();
    app.redraw();
  }
};

/** One of fettle's own commands that asks something, on the terminal. */
export const askingCommand = (app: App, args: readonly string[], cwd: string): Promise<number> =>
  onTerminal(app, [...ownProgram(), ...args], cwd);

/** What one of fettle's own commands says. `more` gets it as it comes. */
export const ownCommand = (
  args: readonly string[],
  cwd: string,
  more: (text: string) => void = () => {},
): Promise<{ readonly text: string; readonly code: number }> => {
  const [file = "", ...first] = ownProgram();
  const { promise, resolve, reject } = Promise.withResolvers<{ text: string; code: number }>();
  const child = spawn(file, [...first, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const add = (part: string): void => {
    text += part;
    more(part);
  };
  child.stdout.setEncoding("utf8").on("data", add);
  child.stderr.setEncoding("utf8").on("data", add);
  child.on("error", reject);
  child.on("close", (code) => resolve({ text, code: code ?? 1 }));
  return promise;
};

/** The text in the person's own editor. */
export const editOutside = async (app: App, text: string): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-words-"));
  const path = join(folder, "words.md");
  const { VISUAL, EDITOR } = process.env;
  const editor = VISUAL || EDITOR || "vi";
  try {
    writeFileSync(path, text, { mode: 0o600 });
    // The variable may hold options, and is the person's own.
    const code = await onTerminal(app, ["/bin/sh", "-c", `${editor} "$1"`, "sh", path], process.cwd());
    if (code === 0) app.editor.set(readFileSync(path, "utf8").replace(/\n$/, ""));
    else app.say(`the editor ended with code ${code}; the words are as they were`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    app.draw();
  }
};
