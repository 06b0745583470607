import { argumentsOf, deltasOf, type ScriptedStep, usageOf } from "./scripted-steps.ts";
import type { WireWriter } from "./scripted-wires.ts";

/* Writes a step as the events of Anthropic's Messages API. */

type Json = Record<string, unknown>;

const named = (data: Json): string => `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;

const blockEvents = (index: number, content_block: Json, deltas: readonly Json[]): string[] => [
  named({ type: "content_block_start", index, content_block }),
  ...deltas.map((delta) => named({ type: "content_block_delta", index, delta })),
  named({ type: "content_block_stop", index }),
];

const thinkingEvents = (step: ScriptedStep): string[][] => {
  const { reasoning } = step;
  if (reasoning === undefined) return [];
  const { text, encrypted, opaque } = reasoning;
  const half = Math.floor(text.length / 2);
  const deltas: Json[] = [
    { type: "thinking_delta", thinking: text.slice(0, half) },
    { type: "thinking_delta", thinking: text.slice(half) },
  ];
  if (encrypted !== undefined) deltas.push({ type: "signature_delta", signature: encrypted });
  const blocks = [blockEvents(0, { type: "thinking", thinking: "", signature: "" }, deltas)];
  if (opaque !== undefined) blocks.push(blockEvents(1, { type: "redacted_thinking", data: opaque }, []));
  return blocks;
};

const callEvents = (step: ScriptedStep, serial: number, first: number): string[] =>
  (step.calls ?? []).flatMap((call, index) => {
    const id = call.id ?? `toolu_${serial}_${index}`;
    const written = call.input === undefined ? argumentsOf(call) : JSON.stringify({ input: call.input });
    const half = Math.floor(written.length / 2);
    const pieces = ["", written.slice(0, half), written.slice(half)];
    const deltas = pieces.map((partial_json) => ({ type: "input_json_delta", partial_json }));
    return blockEvents(first + index, { type: "tool_use", id, name: call.name, input: {} }, deltas);
  });

const stopReason = (step: ScriptedStep): string => {
  if (step.refusal !== undefined || step.stop === "content_filter") return "refusal";
  if (step.stop === "length") return "max_tokens";
  return (step.calls ?? []).length > 0 ? "tool_use" : "end_turn";
};

export const writeAnthropic: WireWriter = (step, model, serial) => {
  const usage = usageOf(step);
  const message = {
    id: `msg_${serial}`,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: usage.input - usage.cached - usage.written,
      cache_creation_input_tokens: usage.written,
      cache_read_input_tokens: usage.cached,
      output_tokens: 1,
    },
  };
  const thinking = thinkingEvents(step);
  const begin = [named({ type: "message_start", message }), ...thinking.flat(), named({ type: "ping" })];
  let index = thinking.length;
  if (step.text !== undefined) {
    const deltas = deltasOf(step).map((text) => ({ type: "text_delta", text }));
    begin.push(...blockEvents(index++, { type: "text", text: "" }, deltas));
  }
  const explanation = step.refusal ?? "stopped by the content filter";
  const stop_reason = stopReason(step);
  const end = [
    ...callEvents(step, serial, index),
    named({
      type: "message_delta",
      delta: {
        stop_reason,
        stop_sequence: null,
        stop_details: stop_reason === "refusal" ? { type: "refusal", category: null, explanation } : null,
      },
      usage: { output_tokens: usage.output, output_tokens_details: { thinking_tokens: usage.reasoning } },
    }),
    named({ type: "message_stop" }),
  ];
  const error = (text: string, code?: string): string =>
    named({ type: "error", error: { type: code ?? "api_error", message: text } });
  return { begin, end, error };
};
