import type { InputItem, ToldFile } from "@fettle/protocol";
import { estimateItem, estimateText } from "./compaction/tokens.ts";
import type { InstructionFiles } from "./instruction-files/load.ts";
import type { ModelInfo, ModelRequest } from "./model.ts";
import type { Skills } from "./skills/load.ts";

/* What a request consists of, in words and estimated tokens, so that a person sees what fills the window. */

export type ContextPart = {
  readonly name: string;
  /** Estimated, rather too high. */
  readonly tokens: number;
  /** Of the model's window, 0 to 1. */
  readonly share: number;
};

export type ContextFile = {
  readonly path: string;
  readonly bytes: number;
  readonly used_bytes: number;
  readonly included_by?: string;
  /** `begin`: told first of all. `entered`: when work entered its folder. */
  readonly told: "begin" | "entered";
};

export type ContextReport = {
  readonly model: string;
  /** Tokens of input and output together. */
  readonly window: number;
  readonly tokens: number;
  readonly share: number;
  readonly parts: readonly ContextPart[];
  readonly tools: readonly { readonly name: string; readonly tokens: number }[];
  readonly instructions: readonly ContextFile[];
  readonly skills: readonly { readonly name: string; readonly path: string; readonly told_bytes: number }[];
  /** What was cut, refused or left out, a line each. */
  readonly notices: readonly string[];
};

export type ContextInput = {
  readonly model: ModelInfo;
  readonly request: ModelRequest;
  readonly environment: string;
  /** All of what is told first, as one text. */
  readonly surroundings: string;
  readonly files: InstructionFiles;
  readonly skills: Skills;
  /** What the thread was told since. */
  readonly told: readonly ToldFile[];
};

const kindOf = (item: InputItem, surroundings: string): string | null => {
  if (item.type === "output") return "the model's answers";
  if (item.type === "result") return "results of tools";
  if (item.type === "sealed") return "what the provider compacted";
  if (item.role === "user") return "your words";
  const [first] = item.content;
  if (first?.type === "text" && first.text === surroundings) return null;
  return "told since (nested instructions, skills, checkpoints)";
};

const cutNotice = ({ path, bytes, used_bytes }: ContextFile): string[] =>
  used_bytes < bytes ? [`${path} was cut: ${used_bytes} of its ${bytes} bytes are told (project_doc_max_bytes)`] : [];

const turnedOff = "instruction files are turned off (project_doc_max_bytes = 0)";

/** Takes a request apart. Pure. */
export const contextReport = (given: ContextInput): ContextReport => {
  const { model, request, environment, surroundings, files, skills, told } = given;
  const sums = new Map<string, number>([
    ["base instructions", estimateText(request.instructions)],
    ["tools", estimateText(JSON.stringify(request.tools))],
    ["environment", estimateText(environment)],
    ["instruction files", estimateText(files.text)],
    ["list of skills", estimateText(skills.text)],
  ]);
  for (const item of request.input) {
    const kind = kindOf(item, surroundings);
    if (kind !== null) sums.set(kind, (sums.get(kind) ?? 0) + estimateItem(item));
  }
  const window = model.contextWindow;
  const parts = [...sums].map(([name, tokens]): ContextPart => ({ name, tokens, share: tokens / window }));
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const bytesOf = new Map(told.filter(({ kind }) => kind === "skill").map((file) => [file.path, file.used_bytes]));
  const begin = files.sources.map(({ path, bytes, usedBytes, includedBy }): ContextFile => {
    const by = includedBy === undefined ? {} : { included_by: includedBy };
    return { path, bytes, used_bytes: usedBytes, ...by, told: "begin" };
  });
  const entered = told
    .filter(({ kind, sha256 }) => kind === "instructions" && sha256 !== "")
    .map(({ path, bytes, used_bytes }): ContextFile => ({ path, bytes, used_bytes, told: "entered" }));
  return {
    model: model.id,
    window,
    tokens,
    share: tokens / window,
    parts,
    tools: request.tools.map((tool) => ({ name: tool.name, tokens: estimateText(JSON.stringify(tool)) })),
    instructions: [...begin, ...entered],
    skills: skills.skills.map(({ name, path }) => ({ name, path, told_bytes: bytesOf.get(path) ?? 0 })),
    notices: [
      ...(files.nested === null ? [turnedOff] : []),
      ...files.notices,
      ...entered.flatMap(cutNotice),
      ...skills.notices,
    ],
  };
};
