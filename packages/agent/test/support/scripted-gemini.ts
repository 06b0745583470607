import { argumentsOf, deltasOf, type ScriptedCall, type ScriptedStep, usageOf } from "./scripted-steps.ts";
import type { WireWriter } from "./scripted-wires.ts";

/* Writes a step as the chunks of Gemini's streamGenerateContent. */

type Json = Record<string, unknown>;

const bare = (data: unknown): string => `data: ${JSON.stringify(data)}\r\n\r\n`;

/** Undefined: the model wrote no object, for which the service has a reason of its own to finish. */
const argsOf = (call: ScriptedCall): Json | undefined => {
  if (call.input !== undefined) return { input: call.input };
  const written = argumentsOf(call);
  if (written === "") return {};
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
};

/** The signature stands on the first of the calls, without calls on an empty part at the end. */
const lastParts = (step: ScriptedStep): Json[] => {
  const signature = step.reasoning?.encrypted;
  const signed = signature === undefined ? {} : { thoughtSignature: signature };
  const calls = (step.calls ?? []).flatMap((call): Json[] => {
    const args = argsOf(call);
    if (args === undefined) return [];
    return [{ functionCall: { ...(call.id === undefined ? {} : { id: call.id }), name: call.name, args } }];
  });
  const [first, ...others] = calls;
  if (first !== undefined) return [{ ...first, ...signed }, ...others];
  return signature === undefined ? [] : [{ text: "", ...signed }];
};

const finishOf = (step: ScriptedStep): Json => {
  if (step.refusal !== undefined) return { finishReason: "SAFETY", finishMessage: step.refusal };
  if (step.stop === "content_filter") return { finishReason: "PROHIBITED_CONTENT" };
  if (step.stop === "length") return { finishReason: "MAX_TOKENS" };
  const broken = (step.calls ?? []).some((call) => argsOf(call) === undefined);
  return { finishReason: broken ? "MALFORMED_FUNCTION_CALL" : "STOP" };
};

export const writeGemini: WireWriter = (step, model, serial) => {
  const usage = usageOf(step);
  const prompt = { promptTokenCount: usage.input, cachedContentTokenCount: usage.cached };
  const common = { modelVersion: model, responseId: `resp_${serial}` };
  const chunk = (parts: readonly Json[], finish: Json = {}, counts: Json = {}): string =>
    bare({
      candidates: [{ content: { parts, role: "model" }, ...finish, index: 0 }],
      usageMetadata: { ...prompt, ...counts },
      ...common,
    });
  const begin = step.reasoning === undefined ? [] : [chunk([{ text: step.reasoning.text, thought: true }])];
  begin.push(...deltasOf(step).map((text) => chunk([{ text }])));
  const counts = {
    candidatesTokenCount: usage.output - usage.reasoning,
    thoughtsTokenCount: usage.reasoning,
    totalTokenCount: usage.input + usage.output,
  };
  const end = [chunk(lastParts(step), finishOf(step), counts)];
  const error = (message: string, code?: string): string =>
    bare({ error: { code: 500, message, status: (code ?? "internal").toUpperCase() } });
  return { begin, end, error };
};
