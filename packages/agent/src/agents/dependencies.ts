import type { ToolContext } from "../tools/tool.ts";

/*
 * What git ignores is not in a copy, but without installed packages hardly a test runs. They are copied by a command in
 * the sandbox of the workspace, so that no link in them can bring along what its commands could not read themselves.
 */

const script = `for d in node_modules */node_modules */*/node_modules .venv venv; do
  if [ -d "$d" ] && [ ! -L "$d" ] && [ ! -e "$COPY/$d" ] && [ -d "$COPY/$(dirname "$d")" ]; then
    cp -a --reflink=auto "$d" "$COPY/$d" || exit 1
  fi
done`;

const timeoutMs = 120_000;

/** Copies installed packages into a copy of the workspace. Why that was not done, in a line; null when it was. */
export const bringDependencies = async (copy: string, context: ToolContext): Promise<string | null> => {
  const { workspace, policy, signal } = context;
  const started = await workspace.start({
    script,
    cwd: workspace.root,
    policy: { ...policy, mode: "workspace-write", network: { kind: "none" }, writableRoots: [copy] },
    env: { COPY: copy },
    timeoutMs,
  });
  if (!started.ok) return started.message;
  const { command } = started;
  let said = "";
  command.onOutput((chunk) => {
    if (said.length < 500) said += chunk.toString("utf8");
  });
  const onAbort = (): void => void command.kill({ graceMs: 0 });
  signal.addEventListener("abort", onAbort, { once: true });
  const { code, timedOut } = await command.exited;
  signal.removeEventListener("abort", onAbort);
  if (code === 0) return null;
  return timedOut ? `it took longer than ${timeoutMs / 1000} s` : (said.trim().split("\n")[0] ?? "it failed");
};
