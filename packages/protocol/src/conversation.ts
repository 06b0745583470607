import * as z from "zod/mini";

/*
 * The conversation as a model reads it, free of any provider's wire format. Events of kind `model.completed` and
 * `tool.completed` hold these parts exactly as they were received or sent, so that the input of the next request is
 * a pure function of the log.
 */

/** Text, or a picture: a data URL (`data:image/png;base64,…`). */
export const contentPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("image"), url: z.string() }),
]);
export type ContentPart = z.infer<typeof contentPart>;

/** Reasoning that a provider attaches to a part and wants back on that very part. Opaque to us. */
const signature = z.optional(z.string());

/** One part of a model's answer, in the order the model gave it. */
export const outputPart = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("text"),
    /** May be empty beside a signature. */
    text: z.string(),
    id: z.optional(z.string()),
    signature,
  }),
  z.object({
    type: z.literal("reasoning"),
    /** The readable summary; may be empty. */
    text: z.string(),
    id: z.optional(z.string()),
    /** What the provider wants back unchanged (encrypted reasoning, signature). Opaque to us. */
    encrypted: z.optional(z.string()),
    /** `signed`: `encrypted` holds for exactly this text. `opaque`: the reasoning has no readable form at all. */
    seal: z.optional(z.enum(["signed", "opaque"])),
  }),
  z.object({
    type: z.literal("call"),
    call_id: z.string(),
    name: z.string(),
    /** JSON text for a function tool, the plain input for a freeform tool; exactly as the model wrote it. */
    arguments: z.string(),
    freeform: z.optional(z.boolean()),
    id: z.optional(z.string()),
    signature,
  }),
]);
export type OutputPart = z.infer<typeof outputPart>;
export type ToolCallPart = Extract<OutputPart, { type: "call" }>;

/**
 * A conversation's beginning as its provider compacted it, for this model of this provider alone. `encrypted` is JSON
 * text, one for each item of the provider's answer, and goes back as it came. Opaque to us.
 */
export const sealedBeginning = z.object({
  provider: z.string(),
  model: z.string(),
  encrypted: z.array(z.string()),
});
export type SealedBeginning = z.infer<typeof sealedBeginning>;

/** One entry of the model's input. `output` keeps one response's parts together. */
export const inputItem = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message"), role: z.enum(["user", "developer"]), content: z.array(contentPart) }),
  z.object({ type: z.literal("output"), model: z.string(), parts: z.array(outputPart) }),
  z.object({
    type: z.literal("result"),
    call_id: z.string(),
    name: z.string(),
    freeform: z.optional(z.boolean()),
    content: z.array(contentPart),
  }),
  z.object({ type: z.literal("sealed"), ...sealedBeginning.shape }),
]);
export type InputItem = z.infer<typeof inputItem>;
