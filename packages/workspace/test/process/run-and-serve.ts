import { startServer } from "../../src/index.ts";

/* Starts a server with a child, and ends without a word to it. The argument marks both. */

const mark = process.argv[2] ?? "";
const script = `sleep 1000 & echo up; exec sh -c 'while :; do sleep 1000; done # ${mark}'`;
const start = await startServer({ command: "sh", args: ["-c", script], cwd: "/", env: {}, passed: [] });
if (!start.ok) throw new Error(start.message);
start.server.output.once("data", (chunk: Buffer) => {
  process.stdout.write(chunk, () => process.exit(0));
});
