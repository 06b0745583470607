import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { NetworkPorts } from "../../src/network/network-ports.ts";
import { openWorkspace } from "../../src/open-workspace.ts";
import type { CommandExit, CommandRequest, Policy, Workspace } from "../../src/types.ts";

export const policyOf = (more: Partial<Policy> = {}): Policy => ({
  mode: "workspace-write",
  writableRoots: [],
  readableRoots: [],
  network: { kind: "none" },
  hiddenPaths: [],
  secrets: [],
  ...more,
});

export type Ran = CommandExit & { readonly output: string };

export type TestWorkspace = {
  readonly workspace: Workspace;
  readonly root: string;
  /** Beside the workspace, outside of it. */
  readonly outside: string;
  readonly stateDir: string;
  run(script: string, more?: Partial<Omit<CommandRequest, "script">>): Promise<Ran>;
};

/** A workspace in a folder of its own with a home folder beside it; all of it goes with the test. */
export const openTestWorkspace = async (
  t: TestContext,
  prepare: (root: string, home: string) => void = () => {},
  network?: NetworkPorts,
): Promise<TestWorkspace> => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "workspace-test-")));
  const [root, outside, stateDir, home] = ["project", "outside", "state", "home"].map((name) => join(top, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [root, outside, stateDir, home]) mkdirSync(folder);
  const previousHome = process.env.HOME;
  process.env.HOME = home;
  prepare(root, home);
  const workspace = await openWorkspace({ root, stateDir, threadId: "test", ...(network && { network }) });
  t.after(async () => {
    await workspace.close();
    process.env.HOME = previousHome;
    rmSync(top, { recursive: true, force: true });
  });
  const run: TestWorkspace["run"] = async (script, more = {}) => {
    const started = await workspace.start({ script, cwd: root, policy: policyOf(), ...more });
    if (!started.ok) throw new Error(started.message);
    const chunks: Buffer[] = [];
    started.command.onOutput((chunk) => chunks.push(Buffer.from(chunk)));
    const exit = await started.command.exited;
    return { ...exit, output: Buffer.concat(chunks).toString() };
  };
  return { workspace, root, outside, stateDir, run };
};
