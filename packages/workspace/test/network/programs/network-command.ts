import { openWorkspace } from "../../../src/open-workspace.ts";

/* Runs one sandboxed command with a network for allowed hosts, and prints its output and the decisions. */

const [root = "", stateDir = "", allow = "", script = "", ...readableRoots] = process.argv.slice(2);
const workspace = await openWorkspace({
  root,
  stateDir,
  threadId: "child",
  network: {
    ask: () => Promise.resolve(false),
    decided: ({ host, protocol, allowed }) => console.log(`${allowed ? "allowed" : "refused"} ${protocol} ${host}`),
  },
});
const started = await workspace.start({
  script,
  cwd: root,
  policy: {
    mode: "workspace-write",
    writableRoots: [],
    readableRoots,
    network: { kind: "domains", allow: allow.split(","), deny: [], methods: "all" },
    hiddenPaths: [],
    secrets: [],
  },
});
if (!started.ok) throw new Error(started.message);
started.command.onOutput((chunk) => process.stdout.write(chunk));
await started.command.exited;
await workspace.close();
