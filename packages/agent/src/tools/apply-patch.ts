import type { FileChange } from "@fettle/protocol";
import { applyPatchGrammar } from "@fettle/workspace";
import * as z from "zod/mini";
import { parseArguments } from "./arguments.ts";
import { failedCall } from "./shown-call.ts";
import { notRun, type Tool, type ToolContext, type ToolResult, textResult } from "./tool.ts";

const patchArguments = z.object({ input: z.string() });

const notApplied = (error: string, result: string, context: ToolContext): ToolResult => {
  const id = context.nextItemId();
  context.emit({ type: "item.completed", item: { id, type: "file_change", changes: [], status: "failed", error } });
  return textResult(result);
};

/** Applies a patch, shows it as a file change, and says what the model should know. Shared with the shell tool. */
export const applyAndShow = async (patch: string, cwd: string, context: ToolContext): Promise<ToolResult> => {
  const permit = await context.permission.patch({ patch, cwd });
  if (!permit.ok) return notApplied(permit.error, permit.result, context);
  await context.settleSnapshot();
  if (context.signal.aborted) return notRun();
  const outcome = await context.workspace.applyPatch(patch, cwd, permit.policy);
  if (!outcome.ok) return notApplied(outcome.message, outcome.message, context);
  const id = context.nextItemId();
  const changes: FileChange[] = outcome.changes.map(({ path, kind, movePath }) => ({
    path,
    kind,
    ...(movePath === undefined ? {} : { move_path: movePath }),
  }));
  const relativeTo = cwd === context.workspace.root ? {} : { cwd };
  context.emit({
    type: "item.completed",
    item: { id, type: "file_change", changes, status: "completed", ...relativeTo, diff: outcome.diff },
  });
  context.filesMayHaveChanged(id);
  return textResult(outcome.summary);
};

const format = `*** Begin Patch
*** Update File: path   (or: *** Add File: path, then + lines; *** Delete File: path)
*** Move to: new/path   (optional)
@@ a line above the change, to find the place (optional)
 unchanged line
-removed line
+added line
*** End Patch`;

export const applyPatchTool: Tool = {
  spec: {
    name: "apply_patch",
    description: `Change files. All of the patch applies, or nothing. Paths are relative to the workspace. Format:\n${format}`,
    parameters: {
      type: "object",
      properties: { input: { type: "string", description: "The whole patch" } },
      required: ["input"],
    },
    freeform: {
      syntax: "lark",
      definition: applyPatchGrammar,
      description: "Change files. All of the patch applies, or nothing. Give the patch itself, not JSON.",
    },
  },
  isReadOnly: async () => false,
  async run(call, context) {
    if (call.freeform === true) return applyAndShow(call.arguments, context.workspace.root, context);
    const parsed = parseArguments(patchArguments, call.arguments);
    if (!parsed.ok) return failedCall(call, context, parsed.message);
    return applyAndShow(parsed.value.input, context.workspace.root, context);
  },
};
