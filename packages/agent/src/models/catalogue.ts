import type { Effort, ModelInfo, Thinking } from "../model.ts";
import type { WireApi } from "./provider.ts";

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
  readonly maxOutput?: number;
  readonly thinking?: Thinking;
};
type Row = readonly [pattern: RegExp, abilities: Abilities];

const plain = { images: false, reasoning: false, freeform: false } as const;
const vision = { images: true, reasoning: false, freeform: false } as const;
const thinker = { images: false, reasoning: true, freeform: false } as const;
const gpt5 = { images: true, reasoning: true, freeform: true, effort: "medium" } as const;

const efforts = ["low", "medium", "high", "xhigh", "max"] as const;
const adaptive = { by: "effort", efforts, canStop: true } as const;
const alwaysAdaptive = { by: "effort", efforts, canStop: false } as const;
const claude = { images: true, reasoning: true, freeform: false, effort: "high", maxOutput: 128_000 } as const;
const claude5 = { ...claude, contextWindow: 1_000_000 } as const;
const claude4 = { ...claude, contextWindow: 200_000, maxOutput: 64_000 } as const;

const gemini = { images: true, reasoning: true, freeform: false, contextWindow: 1_048_576, maxOutput: 65_536 } as const;
const levels = (...words: Effort[]): Thinking => ({ by: "effort", efforts: words, canStop: false });

const rows: readonly Row[] = [
  [/^claude-(?:fable|mythos)-/, { ...claude5, thinking: alwaysAdaptive }],
  [/^claude-opus-5[-.]5/, { ...claude5, effort: "medium", thinking: alwaysAdaptive }],
  [/^claude-sonnet-5[-.]5/, { ...claude5, thinking: alwaysAdaptive }],
  [/^claude-haiku-5/, { ...claude5, effort: "medium", thinking: adaptive }],
  [/^claude-(?:opus|sonnet)-5/, { ...claude5, thinking: adaptive }],
  [/^claude-opus-4[-.][78]/, { ...claude5, thinking: adaptive }],
  [
    /^claude-(?:opus|sonnet)-4[-.]6/,
    {
      ...claude5,
      maxOutput: 64_000,
      thinking: { by: "effort", efforts: ["low", "medium", "high", "max"], canStop: true },
    },
  ],
  [/^claude-\w+-4[-.]5/, { ...claude4, thinking: { by: "budget", mostTokens: 32_768, canStop: true } }],
  [/^claude-\w+-4/, { ...claude4, maxOutput: 32_000, thinking: { by: "budget", mostTokens: 16_384, canStop: true } }],
  [/^claude-3/, { ...vision, contextWindow: 200_000, maxOutput: 4096 }],
  // Newer than this table.
  [/^claude-/, { ...claude4, thinking: alwaysAdaptive }],
  [/^gemini-3-pro/, { ...gemini, effort: "high", thinking: levels("low", "high") }],
  [
    /^gemini-3(?:\.5)?-flash|^gemini-3.*-lite/,
    { ...gemini, effort: "medium", thinking: levels("minimal", "low", "medium", "high") },
  ],
  [/^gemini-2\.5-pro/, { ...gemini, effort: "medium", thinking: { by: "budget", mostTokens: 32_768, canStop: false } }],
  [/^gemini-2\.5/, { ...gemini, effort: "medium", thinking: { by: "budget", mostTokens: 24_576, canStop: true } }],
  [/^gemini-[12]/, { ...vision, contextWindow: 1_048_576, maxOutput: 8192 }],
  [/^gemini-.*pro/, { ...gemini, effort: "high", thinking: levels("low", "medium", "high") }],
  [/^gemini-/, { ...gemini, effort: "medium", thinking: levels("low", "medium", "high") }],
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

/** The providers that a key alone chooses, in the order in which they are looked for, and what each is asked for then. */
export const defaultModels: ReadonlyMap<string, string> = new Map([
  ["openai", "gpt-5"],
  ["anthropic", "claude-opus-5-5"],
  ["gemini", "gemini-3.8-flash"],
]);

/** The provider that a bare name tells by itself. */
export const providerOfName = (name: string): string | undefined =>
  name.startsWith("claude-") ? "anthropic" : name.startsWith("gemini-") ? "gemini" : undefined;

export type Described = { readonly info: ModelInfo; readonly effort: Effort | undefined };

/** `name` in the provider's words (`qwen3:8b`, `openai/gpt-5`); the last part of a path decides. */
export const describeModel = (
  provider: { readonly id: string; readonly wireApi: WireApi },
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
      ...(found.maxOutput === undefined ? {} : { maxOutput: found.maxOutput }),
      ...(found.thinking === undefined ? {} : { thinking: found.thinking }),
    },
    effort: found.effort,
  };
};
