import type { FailureCode, InputItem, OutputPart, SealedBeginning, Usage } from "@fettle/protocol";

/*
 * The contract between the loop and any model: a cloud provider, a local server, or the offline engine.
 */

export type Effort = "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | "ultra" | "persistent";

/** How a model is told how much to think: by a word, or by a number of tokens. */
export type Thinking =
  | { readonly by: "effort"; readonly efforts: readonly Effort[]; readonly canStop: boolean }
  | { readonly by: "budget"; readonly mostTokens: number; readonly canStop: boolean };

/** What is known of a model before it is asked anything. */
export type ModelInfo = {
  /** As the user names it and the log shows it: `gpt-5`, `ollama/qwen3`, `offline`. */
  readonly id: string;
  /** The provider's key in the configuration: `openai`, `ollama`, `offline`. */
  readonly provider: string;
  /** Tokens of input and output together. */
  readonly contextWindow: number;
  readonly images: boolean;
  readonly reasoning: boolean;
  /** Takes tools whose input is free text under a grammar (else they are offered as functions). */
  readonly freeformTools: boolean;
  /** The most tokens of one answer, thinking included, where the provider must be told. */
  readonly maxOutput?: number;
  /** Where the wire has more than one way; absent: the effort's own word is sent. */
  readonly thinking?: Thinking;
};

/** A tool as a model is told about it. */
export type ToolSpec = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments (an object). */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Where the API has freeform tools: the grammar; its input then arrives as plain text. */
  readonly freeform?: { readonly syntax: "lark"; readonly definition: string; readonly description: string };
};

export type ModelRequest = {
  readonly instructions: string;
  readonly tools: readonly ToolSpec[];
  readonly input: readonly InputItem[];
  readonly effort?: Effort;
  /** A JSON Schema that the final answer must satisfy. */
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  /** The thread's id: providers use it to find their prompt cache. */
  readonly cacheKey: string;
};

/** Live text on its way. What a failed stream gave must be discarded: only `completed` counts. */
export type ModelDelta =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string };

export type ModelFailure = {
  readonly code: FailureCode;
  /** One line for a person: what happened and, when there is one, the remedy. */
  readonly message: string;
  /** The same request may succeed later. */
  readonly transient: boolean;
  /** The provider's own wish, in milliseconds (`retry-after`). */
  readonly retryAfterMs?: number;
  /**
   * What is missing may come back by itself: the `network` to a provider elsewhere, or a `server` of this machine that
   * had answered before (it restarts). Absent where waiting for it has no end in sight.
   */
  readonly absent?: "network" | "server";
};

export type ModelOutcome =
  | {
      readonly type: "completed";
      readonly output: readonly OutputPart[];
      readonly usage: Usage;
      readonly responseId?: string;
      /** `length`: the answer was cut by the output limit. */
      readonly stop: "done" | "length";
    }
  | { readonly type: "failed"; readonly failure: ModelFailure };

export type CompactOutcome =
  | { readonly type: "compacted"; readonly sealed: SealedBeginning; readonly usage: Usage }
  | { readonly type: "failed"; readonly failure: ModelFailure };

export type Model = {
  readonly info: ModelInfo;
  /**
   * One call. Must not throw and must not retry: every failure, an abort included (`interrupted`), is the outcome.
   * `onDelta` is called synchronously, in order, and never after the promise is settled.
   */
  stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelOutcome>;
  /**
   * Has the provider compact the request's input on its side. Absent where the provider does not offer that. One call,
   * without throwing or retrying, as with `stream`.
   */
  compact?(request: ModelRequest, signal: AbortSignal): Promise<CompactOutcome>;
  /** The JSON text that `stream` would send. A model that sends nothing reads the request itself. */
  body(request: ModelRequest): Promise<string>;
};
