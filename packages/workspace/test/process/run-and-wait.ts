import { openWorkspace } from "../../src/open-workspace.ts";

/* A process that starts a command and then lives until it is killed, or ends at once when told `exit-now`. */

const [root = "", stateDir = "", script = "", ...readableRoots] = process.argv.slice(2);
const workspace = await openWorkspace({ root, stateDir, threadId: "child" });
const started = await workspace.start({
  script: script === "exit-now" ? "exec sleep 1000" : script,
  cwd: root,
  policy: {
    mode: "workspace-write",
    writableRoots: [],
    readableRoots,
    network: { kind: "none" },
    hiddenPaths: [],
    secrets: [],
  },
});
if (!started.ok) throw new Error(started.message);
if (script === "exit-now") process.exit(0);
