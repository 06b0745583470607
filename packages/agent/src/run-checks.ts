import { type CheckRun, runCheck } from "./checks.ts";
import type { TurnInput } from "./thread-setup.ts";
import type { ToolContext } from "./tools/tool.ts";

/** What the commands after the model's last word came to. */
export type Checked = {
  readonly passed: boolean;
  readonly verified: ReadonlyMap<string, CheckRun>;
  readonly cutOff: boolean;
};
export const nothingChecked: Checked = { passed: true, verified: new Map(), cutOff: false };

/** What follows the model's last word. */
export const runChecks = async (input: TurnInput, context: ToolContext): Promise<Checked> => {
  const { signal } = context;
  let passed = true;
  for (const command of input.checks)
    if (!signal.aborted) passed = (await runCheck(command, context, { from: "person" })).passed && passed;
  const verified = new Map<string, CheckRun>();
  const commands = input.goal?.commands() ?? [];
  for (const command of new Set(commands)) {
    const timeoutMs = input.goal?.timeLeft() ?? 0;
    if (!signal.aborted) verified.set(command, await runCheck(command, context, { from: "plan", timeoutMs }));
  }
  return { passed, verified, cutOff: signal.aborted && input.checks.length + commands.length > 0 };
};
