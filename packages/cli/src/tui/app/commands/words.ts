import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createRedaction, secretsInUse } from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { version } from "../../../entry/program-files.ts";
import { CommandError } from "../../../usage-error.ts";
import type { App } from "../app.ts";
import { eventsOf } from "./thread.ts";

/* The conversation for elsewhere: the clipboard, a file, a bug report. */

const fence = (text: string): string => {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const marks = "`".repeat(longest + 1);
  return `${marks}\n${text.replace(/\n$/, "")}\n${marks}`;
};

const partOf = (event: LoggedEvent): string | null => {
  if (event.type === "turn.failed") return `*${plainText(event.error.message)}*`;
  if (event.type !== "item.completed") return null;
  const { item } = event;
  switch (item.type) {
    case "user_message":
      return item.source === "harness" ? null : `## You\n\n${plainText(item.text)}`;
    case "agent_message":
      return `## fettle\n\n${plainText(item.text)}`;
    case "command_execution": {
      const end = item.exit_code === undefined ? (item.error ?? "ended by a signal") : `exit ${item.exit_code}`;
      return fence(plainText(`$ ${item.command}\n${item.aggregated_output}[${end}]`));
    }
    case "file_change":
      return item.diff === undefined ? null : fence(plainText(item.diff));
    default:
      return null;
  }
};

/** A thread as Markdown. */
export const markdownOf = (events: readonly LoggedEvent[]): string =>
  `${events
    .map(partOf)
    .filter((part) => part !== null)
    .join("\n\n")}\n`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A thread as a page that needs nothing else; its words are shown as they are. */
export const pageOf = (events: readonly LoggedEvent[], title: string): string => {
  const parts = events.map(partOf).filter((part) => part !== null);
  const body = parts.map((part) => {
    const [, who, words = ""] = /^## (\w+)\n\n([\s\S]*)$/.exec(part) ?? [];
    return who === undefined ? `<pre>${escaped(part)}</pre>` : `<h2>${who}</h2>\n<div>${escaped(words)}</div>`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>body{max-width:50em;margin:2em auto;padding:0 1em;font:16px/1.5 system-ui;color-scheme:light dark}div{white-space:pre-wrap}pre{overflow:auto;padding:.7em;border:1px solid #8885}</style>
${body.join("\n")}
</html>
`;
};

const write = (path: string, text: string): void => {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new CommandError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
};

export const exportThread = async (app: App, words: string): Promise<void> => {
  const { id, events } = await eventsOf(app);
  const { cwd } = (await app.engine()).options();
  const path = resolve(cwd, words === "" ? `fettle-${id.slice(0, 13)}.md` : words);
  const { title } = app.state;
  write(path, /\.html?$/i.test(path) ? pageOf(events, title) : markdownOf(events));
  app.say(`written: ${path}`);
};

export const copyAnswer = async (app: App): Promise<void> => {
  const { events } = await eventsOf(app);
  const last = events.findLast((event) => event.type === "item.completed" && event.item.type === "agent_message");
  if (last?.type !== "item.completed" || last.item.type !== "agent_message")
    throw new CommandError("there is no answer yet");
  // Pasted into a shell, a sequence of the model's would do what it says.
  app.modes.copy(plainText(last.item.text));
  app.say("the last answer is in the clipboard, if this terminal lets programs put it there");
};

/** What helps to understand a fault, without secrets; nothing is sent anywhere. */
export const feedback = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const { config } = await engine.settings();
  const redaction = createRedaction(await secretsInUse(config, process.env, engine.home));
  const id = engine.threadId();
  const log = id === null ? [] : engine.read(id).events.map((event) => JSON.stringify(event));
  const { TERM, TERM_PROGRAM, COLORTERM, LANG } = process.env;
  const facts = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    terminal: { TERM, TERM_PROGRAM, COLORTERM, LANG, ...app.size() },
    model: app.state.model?.id,
    memory_mb: Math.round(process.memoryUsage().rss / 1e6),
  };
  const text = `${JSON.stringify(facts)}\n${log.join("\n")}\n`;
  const path = join(engine.home, `feedback-${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl`);
  if (existsSync(path)) throw new CommandError(`${path} is there already`);
  write(path, redaction?.text(text) ?? text);
  app.say(
    `written: ${path}\nIt holds this thread's log, with known secrets taken out. Look it through before you send it.`,
  );
};
