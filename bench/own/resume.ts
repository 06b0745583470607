import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createThread, openThread } from "@fettle/agent";
import { commandEvents, usage } from "./made-events.ts";

/*
 * resume.ts FOLDER: prints the milliseconds that opening a thread of 100,000 events takes in a fresh process: lock, read,
 * check, parse. Makes the thread on first use.
 */

const base = process.argv[2];
if (base === undefined) throw new Error("usage: resume.ts FOLDER");
const home = join(base, "home-100000");
const wanted = 100_000;

const makeThread = (): void => {
  mkdirSync(home, { recursive: true });
  const log = createThread(home);
  log.append({ type: "thread.started", thread_id: log.id, cwd: "/home/user/project", model: "gpt-5" });
  log.append({ type: "turn.started", turn: 1 });
  for (let written = 2; written + 4 < wanted; written += 4) {
    for (const event of commandEvents(written)) log.append(event);
  }
  log.append({ type: "turn.completed", usage });
  log.close();
};

/** Thread ids are the names of the logs. */
const findThread = (): string => {
  const log = readdirSync(join(home, "threads"), { recursive: true }).find((path) => String(path).endsWith(".jsonl"));
  return String(log).replace(/^.*\/|\.jsonl$/g, "");
};

mkdirSync(base, { recursive: true });
if (!readdirSync(base).includes("home-100000")) makeThread();
const id = findThread();
const startedAt = performance.now();
const opened = openThread(home, id);
const ms = performance.now() - startedAt;
if (!opened.ok) throw new Error(opened.message);
if (opened.events.length < wanted - 8) throw new Error(`only ${opened.events.length} events`);
opened.log.close();
console.log(ms);
