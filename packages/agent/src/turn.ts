import type { OutputPart, ToolCallPart } from "@fettle/protocol";
import { type Answer, type AnswerIds, type AskPorts, askModel, interrupted, isCall, notice } from "./ask-model.ts";
import type { ModelFailure } from "./model.ts";
import { failedCall } from "./tools/shown-call.ts";
import type { Tool, ToolResult } from "./tools/tool.ts";
import { notRun, textResult } from "./tools/tool.ts";

/*
 * The loop: ask the model, run what it calls, ask again, until it has nothing more to call. It knows no disk, screen,
 * provider or sandbox; everything reaches it through the ports.
 */

export type TurnPorts = AskPorts & {
  readonly tools: ReadonlyMap<string, Tool>;
  /** Hands waiting words of the user to the model's input; says whether there were any. */
  deliverInput(): boolean;
  runTool(tool: Tool, call: ToolCallPart): Promise<ToolResult>;
  /** Asked when the model has nothing more to call. False: words wait that tell it why it goes on. */
  mayEnd?(): Promise<boolean>;
  /** The limit that the thread has reached, in words; null while there is none. */
  overBudget(): string | null;
};

export type TurnEnd = { readonly type: "completed" } | { readonly type: "failed"; readonly failure: ModelFailure };

/** Parts as people see them: a text that the provider cut to hang a signature on a piece of it is one message again. */
const joinSigned = (output: readonly OutputPart[]): OutputPart[] => {
  const joined: OutputPart[] = [];
  for (const part of output) {
    const last = joined.at(-1);
    if (part.type === "text" && last?.type === "text" && (part.signature ?? last.signature) !== undefined)
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
};

/** Writes the answer to the log, then shows its words. Returns its calls. */
const recordAnswer = (ports: TurnPorts, answer: Answer, ids: AnswerIds): ToolCallPart[] => {
  ports.emit({
    type: "model.completed",
    model: ports.model.info.id,
    output: [...answer.output],
    usage: answer.usage,
    ...(answer.responseId === undefined ? {} : { response_id: answer.responseId }),
  });
  let id: string | null = ids.message;
  let thoughtId = ids.reasoning;
  for (const part of joinSigned(answer.output)) {
    if (part.type === "reasoning" && part.text !== "") {
      ports.emit({
        type: "item.completed",
        item: { id: thoughtId ?? ports.nextItemId(), type: "reasoning", text: part.text },
      });
      thoughtId = null;
    }
    if (part.type === "text" && part.text !== "") {
      ports.emit({
        type: "item.completed",
        item: { id: id ?? ports.nextItemId(), type: "agent_message", text: part.text },
      });
      id = null;
    }
  }
  if (answer.stop === "length") notice(ports, "the model's answer was cut by its output limit");
  return answer.output.filter(isCall);
};

const unknownTool = (ports: TurnPorts, call: ToolCallPart): ToolResult =>
  failedCall(
    call,
    ports,
    `there is no tool named ${JSON.stringify(call.name)}; the tools are: ${[...ports.tools.keys()].join(", ")}`,
  );

/** Runs one call to its recorded result. A bug in a tool fails that call, not the turn. */
const runCall = async (ports: TurnPorts, call: ToolCallPart): Promise<void> => {
  const tool = ports.tools.get(call.name);
  let result: ToolResult;
  if (ports.signal.aborted) {
    result = notRun();
  } else if (tool === undefined) {
    result = unknownTool(ports, call);
  } else {
    try {
      result = await ports.runTool(tool, call);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      notice(ports, `${call.name} failed inside fettle: ${message}`);
      result = textResult(`the tool failed: ${message}`);
    }
  }
  ports.emit({
    type: "tool.completed",
    call_id: call.call_id,
    name: call.name,
    content: [...result.content],
    ...(call.freeform === undefined ? {} : { freeform: call.freeform }),
  });
};

/** Neighbouring calls that change nothing run together; any other call waits for those before it and runs alone. */
export const groupCalls = (calls: readonly { call: ToolCallPart; readOnly: boolean }[]): ToolCallPart[][] => {
  const groups: ToolCallPart[][] = [];
  let reads: ToolCallPart[] | null = null;
  for (const { call, readOnly } of calls) {
    if (!readOnly) {
      groups.push([call]);
      reads = null;
    } else if (reads === null) {
      reads = [call];
      groups.push(reads);
    } else {
      reads.push(call);
    }
  }
  return groups;
};

const runCalls = async (ports: TurnPorts, calls: readonly ToolCallPart[]): Promise<void> => {
  const judged = calls.map(async (call) => ({
    call,
    readOnly: (await ports.tools.get(call.name)?.isReadOnly(call)) ?? true,
  }));
  for (const group of groupCalls(await Promise.all(judged)))
    await Promise.all(group.map((call) => runCall(ports, call)));
};

/**
 * Runs a turn to its end. Never throws for what the model, a tool or the user did; whatever it emitted is in the log,
 * so a turn that is cut off anywhere can be taken up from there.
 */
export const runTurn = async (ports: TurnPorts): Promise<TurnEnd> => {
  ports.deliverInput();
  for (;;) {
    if (ports.signal.aborted) return { type: "failed", failure: interrupted };
    const limit = ports.overBudget();
    if (limit !== null) return { type: "failed", failure: { code: "budget", message: limit, transient: false } };
    const ids = { message: ports.nextItemId(), reasoning: ports.live ? ports.nextItemId() : null };
    const outcome = await askModel(ports, ids);
    if (outcome.type === "failed") return { type: "failed", failure: outcome.failure };
    const calls = recordAnswer(ports, outcome, ids);
    await runCalls(ports, calls);
    const steered = ports.deliverInput();
    if (calls.length > 0 || steered) continue;
    if (ports.mayEnd === undefined || (await ports.mayEnd())) return { type: "completed" };
    ports.deliverInput();
  }
};
