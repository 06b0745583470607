import type { Json } from "./json.ts";

/** A tool that the client offers. */
export type Tool = {
  readonly name: string;
  readonly parameters: Json;
  /** Takes plain text instead of JSON arguments. */
  readonly freeform?: boolean;
  /** The group it was offered in, where the wire has groups. */
  readonly namespace?: string;
};

/** What matters of a request. */
export type Heard = {
  readonly tools: readonly Tool[];
  /** Everything a provider would put before the model, in its order: this is what prompt caches compare. */
  readonly prompt: readonly string[];
  readonly results: readonly { readonly id: string; readonly text: string }[];
  readonly stream: boolean;
  /** The schema that the answer must satisfy, when one is given. */
  readonly schema: Json | undefined;
};

/** State of one answer. */
export type Reply = {
  readonly id: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** The text streamed so far; undefined before the first piece. */
  text?: string;
};

export type Answer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "call"; readonly id: string; readonly tool: Tool; readonly arguments: Json | string };

/** One provider's way of speaking, as server. All pieces are server-sent events in text. */
export type Wire = {
  serves(path: string): boolean;
  hear(body: Json, path: string): Heard;
  opening(reply: Reply): string;
  delta(reply: Reply, text: string): string;
  /** The rest of the answer. For text that was streamed as deltas, `answer.text` is empty. */
  closing(reply: Reply, answer: Answer): string;
  /** The answer in one piece, for clients that do not stream. */
  whole(reply: Reply, answer: Answer): unknown;
};

export const event = (name: string, data: Json): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
export const plainEvent = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

/** Tokens that every answer is said to have. */
export const answerTokens = 20;
