import { applyPatch } from "@fettle/workspace";
import { parseOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { readPrompt } from "./exec-options.ts";
import { applyPatchHelp } from "./help.ts";

/** `fettle apply-patch`: the patch tool as a command. */
export const applyPatchCommand = async (args: string[]): Promise<number> => {
  if (args[0] === "-h" || args[0] === "--help") {
    process.stdout.write(applyPatchHelp);
    return 0;
  }
  // A patch begins with "***", so an argument is never mistaken for an option.
  const { positionals } = parseOptions("apply-patch", args, {});
  if (positionals.length > 1) throw new UsageError("one patch expected; put quotes around it");
  const patch = positionals[0] ?? (await readPrompt(null, "patch"));
  const root = process.cwd();
  const outcome = await applyPatch(patch, { cwd: root, roots: [root] });
  if (outcome.ok) process.stdout.write(outcome.summary);
  else process.stderr.write(`${outcome.message}\n`);
  return outcome.ok ? 0 : 1;
};
