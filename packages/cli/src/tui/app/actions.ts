import { createRedaction, secretsInUse } from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import { wrapped } from "../../render/wrapped.ts";
import type { App } from "./app.ts";
import { ownCommand } from "./outside.ts";
import { reportTo } from "./report.ts";
import { keepTyped } from "./typed-before.ts";

/* What keys set off, each loaded with its first use. */

/** A command of the person's own, run as the model's commands are. */
export const runShell = async (app: App, script: string): Promise<void> => {
  if (script === "") return;
  try {
    const { cwd } = (await app.engine()).options();
    app.say(`$ ${script}`);
    const { text, code } = await ownCommand(["sandbox", "--", "/bin/sh", "-c", script], cwd);
    const { columns } = app.size();
    const rows = wrapped(plainText(text).trimEnd(), columns, { first: "  ", next: "  ", atBlanks: false });
    app.show([...(text.trim() === "" ? [] : rows.split("\n")), ...(code === 0 ? [] : [`  exit ${code}`])]);
  } catch (error) {
    reportTo(app)(error);
  }
};

export const runCommand = async (app: App, name: string, words: string, images: readonly string[]): Promise<void> =>
  (await import("./commands/run.ts")).runCommand(app, name, words, images);

/** Keeps typed words for the next run in this folder, without secrets. */
export const keepWords = async (app: App, text: string): Promise<void> => {
  const engine = await app.engine();
  const { config } = await engine.settings();
  const redaction = createRedaction(await secretsInUse(config, process.env, engine.home));
  keepTyped(engine.home, app.state.cwd, redaction?.text(text) ?? text);
};

export const editOutside = async (app: App, text: string): Promise<void> =>
  (await import("./outside.ts")).editOutside(app, text).catch(reportTo(app));

export const openRewind = async (app: App): Promise<void> =>
  (await import("./full/rewind.ts")).openRewind(app).catch(reportTo(app));

export const openTranscript = async (app: App): Promise<void> =>
  (await import("./full/transcript.ts")).openTranscript(app);

export const takePicture = async (app: App): Promise<void> =>
  (await import("./clipboard.ts")).takePicture(app).catch(reportTo(app));
