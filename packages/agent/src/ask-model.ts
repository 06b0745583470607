import type { InputItem, OutputPart, ThreadEvent, ToolCallPart } from "@fettle/protocol";
import type { Model, ModelDelta, ModelFailure, ModelOutcome, ModelRequest } from "./model.ts";
import type { RetryDecision } from "./models/retry.ts";

/* One question to the model, asked until there is an answer or no sense in asking again. */

export type AskPorts = {
  readonly model: Model;
  /** The next request, built from the log as it stands. */
  request(): ModelRequest;
  emit(event: ThreadEvent): void;
  nextItemId(): string;
  /**
   * Makes the input shorter: for `window` only when it is about to be too long, for `overflow` because the provider said
   * so. Resolves with whether it is shorter now.
   */
  makeRoom(reason: "window" | "overflow"): Promise<boolean>;
  /** Whether and when the same request is sent again after it failed in this way for the `attempt`th time (from 1). */
  decideRetry(attempt: number, failure: ModelFailure): RetryDecision;
  /** Resolves after the time or at the abort, whichever is first. */
  wait(ms: number): Promise<void>;
  /** True when someone watches live text. */
  readonly live: boolean;
  readonly signal: AbortSignal;
};

/** How a turn ends that a person stopped. */
export const interrupted: ModelFailure = { code: "interrupted", message: "interrupted", transient: false };

export type Answer = Extract<ModelOutcome, { type: "completed" }>;
export const isCall = (part: OutputPart): part is ToolCallPart => part.type === "call";

/** Tells people one line. */
export const notice = (ports: AskPorts, message: string): void =>
  ports.emit({ type: "item.completed", item: { id: ports.nextItemId(), type: "error", message } });

/** An answer without words or calls is a fault of the provider, not an end. */
const isEmpty = (answer: Answer): boolean =>
  answer.output.every((part) => part.type === "reasoning" || (part.type === "text" && part.text.trim() === ""));

/** Each of them was paid for, so few are asked for again. */
const mostEmpty = 3;

const emptyFailure = (answer: Answer, count: number): ModelFailure => ({
  code: "bad_response",
  message:
    answer.stop === "length"
      ? "the model reached its output limit before it said anything; a lower model_reasoning_effort may help"
      : "the model answered nothing",
  transient: count < mostEmpty,
});

/** Half of a character pair can be sent to no provider. */
const wellFormed = (part: OutputPart): OutputPart => {
  const written = isCall(part) ? part.arguments : part.text;
  if (written.isWellFormed()) return part;
  return isCall(part) ? { ...part, arguments: written.toWellFormed() } : { ...part, text: written.toWellFormed() };
};

/**
 * The parts with ids that no other call of the conversation has, for providers refuse what has two results. The same
 * call told twice is one call.
 */
export const settleOutput = (output: readonly OutputPart[], input: readonly InputItem[]): OutputPart[] => {
  const told = new Set<string>();
  const taken = new Set<string>();
  const isFree = (id: string): boolean => id !== "" && !taken.has(id) && !input.some((item) => hasCall(item, id));
  return output.map(wellFormed).flatMap((part): OutputPart[] => {
    if (!isCall(part)) return [part];
    const { call_id, name } = part;
    const same = JSON.stringify([call_id, name, part.arguments]);
    if (told.has(same)) return [];
    told.add(same);
    const free = isFree(call_id);
    const id = free ? call_id : `call_${crypto.randomUUID().replaceAll("-", "")}`;
    taken.add(id);
    return [free ? part : { ...part, call_id: id }];
  });
};

const hasCall = (item: InputItem, id: string): boolean =>
  item.type === "output" && item.parts.some((part) => isCall(part) && part.call_id === id);

const durationOf = (ms: number): string => {
  if (ms >= 7_200_000) return `${Math.round(ms / 3_600_000)} h`;
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
};

/** What is said about a provider that is away: one line when that begins, one when it is back. */
const createAbsence = (ports: AskPorts) => {
  let since: number | null = null;
  return {
    begin(failure: ModelFailure): void {
      if (since !== null) return;
      since = performance.now();
      notice(ports, `${failure.message}; waiting for it to come back`);
    },
    end(): void {
      if (since === null) return;
      const away = durationOf(performance.now() - since);
      since = null;
      notice(ports, `the connection is back after ${away}`);
    },
  };
};

/** The last words on a failure that is not waited for, though the provider said how long that would be. */
const givenUp = (failure: ModelFailure): ModelFailure =>
  failure.retryAfterMs === undefined
    ? failure
    : { ...failure, message: `${failure.message}; it wants a pause of ${durationOf(failure.retryAfterMs)}` };

/** One model call with retries. What a failed stream had said is dropped with it. */
export const askModel = async (ports: AskPorts, messageId: string): Promise<ModelOutcome> => {
  const absence = createAbsence(ports);
  const onDelta = (delta: ModelDelta): void => {
    absence.end();
    if (ports.live && delta.type === "text") ports.emit({ type: "item.delta", item_id: messageId, delta: delta.text });
  };
  // Counted apart, so that a day without a network does not use up what a broken stream may be asked again.
  const failed = { unreachable: 0, otherwise: 0, empty: 0 };
  await ports.makeRoom("window");
  for (let asked = 1; ; asked++) {
    const request: ModelRequest = ports.request();
    const outcome = await ports.model.stream(request, onDelta, ports.signal);
    if (outcome.type === "completed" && !isEmpty(outcome)) {
      absence.end();
      return { ...outcome, output: settleOutput(outcome.output, request.input) };
    }
    const failure = outcome.type === "failed" ? outcome.failure : emptyFailure(outcome, ++failed.empty);
    if (outcome.type === "completed")
      ports.emit({ type: "usage.added", purpose: "empty", model: ports.model.info.id, usage: outcome.usage });
    if (ports.signal.aborted) return { type: "failed", failure: interrupted };
    const reached = failure.code !== "unreachable";
    if (reached) absence.end();
    if (failure.code === "context_overflow" && (await ports.makeRoom("overflow"))) continue;
    failed.unreachable = reached ? 0 : failed.unreachable + 1;
    if (reached) failed.otherwise++;
    const decision = ports.decideRetry(reached ? failed.otherwise : failed.unreachable, failure);
    if (decision.type === "give_up") return { type: "failed", failure: givenUp(failure) };
    if (failure.absent !== undefined) absence.begin(failure);
    else notice(ports, `${failure.message}; trying again in ${durationOf(decision.delayMs)} (attempt ${asked + 1})`);
    await ports.wait(decision.delayMs);
    if (ports.signal.aborted) return { type: "failed", failure: interrupted };
  }
};
