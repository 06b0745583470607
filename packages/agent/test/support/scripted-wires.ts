import { argumentsOf, deltasOf, type ScriptedStep, usageOf } from "./scripted-steps.ts";

/* Writes a step in OpenAI's two wire formats. `begin` is all that is streamed before the end, `end` what completes it. */

type Json = Record<string, unknown>;
/** `serial` makes ids unique and the same in every run. */
export type WrittenStep = {
  readonly begin: string[];
  readonly end: string[];
  error(message: string, code?: string): string;
  /** Where it is not a stream of events. */
  readonly type?: string;
};
export type WireWriter = (step: ScriptedStep, model: string, serial: number, request?: string) => WrittenStep;

const named = (data: Json): string => `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
const bare = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

const reasoningEvents = (step: ScriptedStep, serial: number, output_index: number): { begin: string[]; item: Json } => {
  const id = `rs_${serial}`;
  const text = step.reasoning?.text ?? "";
  const part = { type: "summary_text", text };
  const encrypted = step.reasoning?.encrypted;
  const item = {
    id,
    type: "reasoning",
    summary: text === "" ? [] : [part],
    ...(encrypted === undefined ? {} : { encrypted_content: encrypted }),
  };
  const at = { item_id: id, output_index, summary_index: 0 };
  const begin = [
    named({ type: "response.output_item.added", output_index, item: { ...item, summary: [] } }),
    named({ type: "response.reasoning_summary_part.added", ...at, part: { type: "summary_text", text: "" } }),
    named({ type: "response.reasoning_summary_text.delta", ...at, delta: text }),
    named({ type: "response.reasoning_summary_text.done", ...at, text }),
  ];
  return { begin, item };
};

const messageEvents = (step: ScriptedStep, serial: number, output_index: number): { begin: string[]; item: Json } => {
  const id = `msg_${serial}`;
  const deltas = deltasOf(step);
  const at = { item_id: id, output_index, content_index: 0 };
  const content =
    step.refusal === undefined
      ? [{ type: "output_text", text: deltas.join(""), annotations: [] }]
      : [{ type: "refusal", refusal: step.refusal }];
  const item = { id, type: "message", role: "assistant", status: "completed", content };
  const begin = [
    named({ type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", content: [] } }),
    ...deltas.map((delta) => named({ type: "response.output_text.delta", ...at, delta })),
  ];
  return { begin, item };
};

const responsesUsage = (step: ScriptedStep): Json => {
  const usage = usageOf(step);
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.written },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
};

/** OpenAI's Responses API. */
export const writeResponses: WireWriter = (step, model, serial) => {
  const response = { id: `resp_${serial}`, object: "response", model, status: "in_progress", output: [] };
  const begin = [named({ type: "response.created", response })];
  const end: string[] = [];
  const items: Json[] = [];
  const finish = (item: Json): void => {
    end.push(named({ type: "response.output_item.done", output_index: items.length, item }));
    items.push(item);
  };
  if (step.reasoning !== undefined) {
    const written = reasoningEvents(step, serial, items.length);
    begin.push(...written.begin);
    finish(written.item);
  }
  if (step.text !== undefined || step.refusal !== undefined) {
    const written = messageEvents(step, serial, items.length);
    begin.push(...written.begin);
    finish(written.item);
  }
  for (const [index, call] of (step.calls ?? []).entries()) {
    const call_id = call.id ?? `call_${serial}_${index}`;
    const head = { status: "completed", call_id, name: call.name };
    const cut = step.stop === "length" ? { status: "incomplete" } : {};
    const item =
      call.input === undefined
        ? { id: `fc_${serial}_${index}`, type: "function_call", ...head, arguments: argumentsOf(call), ...cut }
        : { id: `ctc_${serial}_${index}`, type: "custom_tool_call", ...head, input: call.input, ...cut };
    finish(item);
  }
  const final = {
    ...response,
    status: step.stop === undefined ? "completed" : "incomplete",
    ...(step.stop === undefined
      ? {}
      : { incomplete_details: { reason: step.stop === "length" ? "max_output_tokens" : step.stop } }),
    output: items,
    usage: responsesUsage(step),
  };
  end.push(named({ type: step.stop === undefined ? "response.completed" : "response.incomplete", response: final }));
  const error = (message: string, code?: string): string =>
    named({
      type: "response.failed",
      response: { ...response, status: "failed", error: { code: code ?? null, message } },
    });
  return { begin, end, error };
};

/** `POST /responses/compact`: the user's messages as they were, and one item for all that was said and done. */
export const writeCompaction: WireWriter = (step, _model, serial, request = "{}") => {
  const { input = [] } = JSON.parse(request) as { input?: Json[] };
  const said = input.filter(({ type, role }) => type === "message" && role === "user");
  const output = [
    ...said.map((message, index) => ({ id: `msg_${serial}_${index}`, status: "completed", ...message })),
    { id: `cmp_${serial}`, type: "compaction", encrypted_content: step.compaction ?? "" },
  ];
  const answer = { id: `resp_${serial}`, object: "response.compaction", created_at: 0, output };
  const error = (message: string, code?: string): string => JSON.stringify({ error: { message, code: code ?? null } });
  return {
    begin: [],
    end: [JSON.stringify({ ...answer, usage: responsesUsage(step) })],
    error,
    type: "application/json",
  };
};

/** Chat Completions. */
export const writeChat: WireWriter = (step, model, serial) => {
  const chunk = (delta: Json, finish_reason: string | null = null): string =>
    bare({
      id: `chatcmpl_${serial}`,
      object: "chat.completion.chunk",
      model,
      choices: [{ index: 0, delta, finish_reason }],
    });
  const begin = [chunk({ role: "assistant", content: "" })];
  if (step.reasoning !== undefined) begin.push(chunk({ reasoning_content: step.reasoning.text }));
  begin.push(...deltasOf(step).map((content) => chunk({ content })));
  if (step.refusal !== undefined) begin.push(chunk({ refusal: step.refusal }));
  const end: string[] = [];
  for (const [index, call] of (step.calls ?? []).entries()) {
    const id = call.id ?? `call_${serial}_${index}`;
    const written = call.input === undefined ? argumentsOf(call) : JSON.stringify({ input: call.input });
    const half = Math.floor(written.length / 2);
    const head = { name: call.name, arguments: written.slice(0, half) };
    end.push(chunk({ tool_calls: [{ index, id, type: "function", function: head }] }));
    end.push(chunk({ tool_calls: [{ index, function: { arguments: written.slice(half) } }] }));
  }
  const calls = (step.calls ?? []).length > 0;
  end.push(chunk({}, step.stop ?? (calls ? "tool_calls" : "stop")));
  const usage = usageOf(step);
  end.push(
    bare({
      id: `chatcmpl_${serial}`,
      object: "chat.completion.chunk",
      model,
      choices: [],
      usage: {
        prompt_tokens: usage.input,
        completion_tokens: usage.output,
        total_tokens: usage.input + usage.output,
        prompt_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.written },
        completion_tokens_details: { reasoning_tokens: usage.reasoning },
      },
    }),
    "data: [DONE]\n\n",
  );
  const error = (message: string, code?: string): string =>
    bare({ error: { message, code: code ?? null, type: null } });
  return { begin, end, error };
};
