import { openWorkspace } from "../../src/open-workspace.ts";

/* Runs one sandboxed command and prints its output. */

const [root = "", stateDir = "", script = ""] = process.argv.slice(2);
const workspace = await openWorkspace({ root, stateDir, threadId: "child" });
const started = await workspace.start({
  script,
  cwd: root,
  policy: {
    mode: "workspace-write",
    writableRoots: [],
    readableRoots: [],
    network: { kind: "none" },
    hiddenPaths: [],
    secrets: [],
  },
});
if (!started.ok) throw new Error(started.message);
started.command.onOutput((chunk) => process.stdout.write(Buffer.from(chunk)));
await started.command.exited;
await workspace.close();
