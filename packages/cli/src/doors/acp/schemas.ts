import * as z from "zod/mini";

/* What an editor sends us, as far as it is looked at. Fields that are not named here are left alone. */

const sessionId = z.string().check(z.minLength(1), z.maxLength(100));
const folder = z.string().check(z.startsWith("/", "must be an absolute path"));

export const initializeParams = z.object({
  protocolVersion: z.number(),
  clientCapabilities: z.optional(
    z.object({
      fs: z.optional(z.object({ readTextFile: z.optional(z.boolean()) })),
      session: z.nullish(z.object({ notices: z.nullish(z.looseObject({})) })),
    }),
  ),
});

const pairs = z.array(z.object({ name: z.string(), value: z.string() }));
const editorServer = z.union([
  z.object({ name: z.string(), command: z.string().check(z.minLength(1)), args: z.array(z.string()), env: pairs }),
  z.object({
    type: z.literal("http"),
    name: z.string(),
    url: z.string().check(z.regex(/^https?:\/\/[^/]/, "must be an http(s) URL")),
    headers: pairs,
  }),
  /** Of a kind that was not offered. */
  z.object({ type: z.string().check(z.refine((type) => type !== "http" && type !== "stdio")), name: z.string() }),
]);
export type EditorServer = z.infer<typeof editorServer>;

export const newSessionParams = z.object({
  cwd: folder,
  additionalDirectories: z.optional(z.array(folder)),
  mcpServers: z.optional(z.array(editorServer)),
});
export type NewSessionParams = z.infer<typeof newSessionParams>;

export const loadSessionParams = z.extend(newSessionParams, { sessionId });
export const sessionParams = z.object({ sessionId });
export const listParams = z.object({ cwd: z.nullish(folder), cursor: z.nullish(z.string()) });
export const modeParams = z.object({
  sessionId,
  modeId: z.enum(["suggest", "edit", "run", "trusted", "full"]),
});

const resource = z.object({
  uri: z.string(),
  mimeType: z.nullish(z.string()),
  text: z.optional(z.string()),
  blob: z.optional(z.string()),
});

export const contentBlock = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("image"), data: z.string(), mimeType: z.string() }),
  z.object({ type: z.literal("resource_link"), uri: z.string(), name: z.string() }),
  z.object({ type: z.literal("resource"), resource }),
]);
export type Block = z.infer<typeof contentBlock>;

export const promptParams = z.object({ sessionId, prompt: z.array(contentBlock).check(z.minLength(1)) });

export const permissionResult = z.object({
  outcome: z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("cancelled") }),
    z.object({ outcome: z.literal("selected"), optionId: z.string() }),
  ]),
});

export const fileResult = z.object({ content: z.string() });
