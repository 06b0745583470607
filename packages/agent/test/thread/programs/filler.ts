import { openThread } from "../../../src/thread/thread-log.ts";

/** Appends until the disk refuses, prints the last seq and the message, then appends an event that still fits. */
const [, , home = "", id = ""] = process.argv;
const opened = openThread(home, id);
if (!opened.ok) throw new Error(opened.message);
let last = -1;
try {
  for (;;) last = opened.log.append({ type: "error", message: "x".repeat(3000) }).seq;
} catch (error) {
  const small = opened.log.append({ type: "error", message: "small" }).seq;
  process.stdout.write(JSON.stringify({ last, small, message: error instanceof Error ? error.message : "" }));
}
