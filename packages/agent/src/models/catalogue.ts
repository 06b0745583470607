import type { Effort, ModelInfo } from "../model.ts";

/*
 * What is known of models before they are asked. Data: to add a model, add a row. The first pattern that fits the name
 * counts, so special ones stand above general ones. Windows are tokens of input and output together.
 */

type Abilities = {
  readonly contextWindow: number;
  readonly images: boolean;
  readonly reasoning: boolean;
  /** Freeform tools where the wire has them. */
  readonly freeform: boolean;
  readonly effort?: Effort;
};
type Row = readonly [pattern: RegExp, abilities: Abilities];

const plain = { images: false, reasoning: false, freeform: false } as const;
const vision = { images: true, reasoning: false, freeform: false } as const;
const thinker = { images: false, reasoning: true, freeform: false } as const;
const gpt5 = { images: true, reasoning: true, freeform: true, effort: "medium" } as const;

const rows: readonly Row[] = [
  [/^gpt-5[\w.]*-chat/, { ...vision, contextWindow: 128_000 }],
  [/^gpt-5/, { ...gpt5, contextWindow: 400_000 }],
  [/^codex-mini/, { images: true, reasoning: true, freeform: false, effort: "medium", contextWindow: 200_000 }],
  [/^o[134]\b/, { images: true, reasoning: true, freeform: false, effort: "medium", contextWindow: 200_000 }],
  [/^gpt-4\.1/, { ...vision, contextWindow: 1_047_576 }],
  [/^gpt-4o/, { ...vision, contextWindow: 128_000 }],
  [/gpt-oss/, { ...thinker, effort: "medium", contextWindow: 131_072 }],
  [/qwen3[\w.]*-?coder/, { ...plain, contextWindow: 262_144 }],
  [/qwen[\w.]*-?vl/, { ...vision, contextWindow: 131_072 }],
  [/qwen2\.5/, { ...plain, contextWindow: 32_768 }],
  [/qwen3/, { ...plain, contextWindow: 40_960 }],
  [/devstral|codestral|mistral/, { ...plain, contextWindow: 131_072 }],
  [/llama-?4/, { ...vision, contextWindow: 131_072 }],
  [/llama-?3/, { ...plain, contextWindow: 131_072 }],
  [/gemma-?3/, { ...vision, contextWindow: 131_072 }],
  [/deepseek/, { ...plain, contextWindow: 131_072 }],
  [/glm-4\.|kimi-k2|minimax-m/, { ...plain, contextWindow: 131_072 }],
];

/** Small enough to be safe with a local server's default. */
const unknown: Abilities = { ...plain, contextWindow: 32_768 };
/** A name that OpenAI serves and this table does not know is newer than the table. */
const unknownOpenAi: Abilities = { ...gpt5, contextWindow: 272_000 };

/** The model that OpenAI is asked for when none is named. */
export const defaultOpenAiModel = "gpt-5";

export type Described = { readonly info: ModelInfo; readonly effort: Effort | undefined };

/** `name` in the provider's words (`qwen3:8b`, `openai/gpt-5`); the last part of a path decides. */
export const describeModel = (
  provider: { readonly id: string; readonly wireApi: "responses" | "chat" },
  name: string,
  contextWindow?: number,
): Described => {
  const bare = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  const found =
    rows.find(([pattern]) => pattern.test(bare))?.[1] ?? (provider.id === "openai" ? unknownOpenAi : unknown);
  return {
    info: {
      id: provider.id === "openai" ? name : `${provider.id}/${name}`,
      provider: provider.id,
      contextWindow: contextWindow ?? found.contextWindow,
      images: found.images,
      reasoning: found.reasoning,
      freeformTools: found.freeform && provider.wireApi === "responses",
    },
    effort: found.effort,
  };
};
