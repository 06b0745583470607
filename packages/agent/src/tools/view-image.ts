import * as z from "zod/mini";
import { readImage } from "../images.ts";
import { parseArguments } from "./arguments.ts";
import { failedCall, shownCall } from "./shown-call.ts";
import type { Tool } from "./tool.ts";

const viewArguments = z.object({ path: z.string() });

/** Gives the model a picture from the workspace. */
export const viewImageTool: Tool = {
  spec: {
    name: "view_image",
    description: "Look at a picture file (PNG, JPEG, GIF or WebP) of the workspace.",
    parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  },
  isReadOnly: async () => true,
  async run(call, context) {
    const parsed = parseArguments(viewArguments, call.arguments);
    if (!parsed.ok) return failedCall(call, context, parsed.message);
    const roots = [context.workspace.root, ...context.policy.writableRoots];
    const image = readImage(parsed.value.path, { base: context.workspace.root, roots });
    if (!image.ok) return failedCall(call, context, image.message);
    shownCall(call, context);
    return {
      content: [
        { type: "text", text: parsed.value.path },
        { type: "image", url: image.url },
      ],
    };
  },
};
