import { openThread } from "../../../src/thread/thread-log.ts";

/** Opens the given thread, appends as fast as it can, and prints each seq once its append has returned. */
const [, , home = "", id = ""] = process.argv;
const opened = openThread(home, id);
if (!opened.ok) throw new Error(opened.message);
for (;;) {
  const { seq } = opened.log.append({ type: "error", message: "x".repeat(Math.floor(Math.random() * 20_000)) });
  process.stdout.write(`${seq}\n`);
}
