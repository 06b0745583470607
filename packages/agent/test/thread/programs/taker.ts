import { openThread } from "../../../src/thread/thread-log.ts";

/** Says "ready", waits for a line, tries to open the thread, says what came of it, and keeps it until it is killed. */
const [, , home = "", id = ""] = process.argv;
process.stdout.write("ready\n");
process.stdin.once("data", () => {
  const opened = openThread(home, id);
  process.stdout.write(opened.ok ? "won\n" : `${opened.code} ${opened.message}\n`);
  process.stdin.on("end", () => process.exit(0));
});
