import type { InputItem } from "@fettle/protocol";
import type { Model, ModelOutcome, ModelRequest } from "../model.ts";
import { type Contact, type EventReader, errorIn } from "./exchange.ts";
import { failureOfFault } from "./failure.ts";
import type { HttpFault } from "./http.ts";
import { endpoint, type RemoteChoice, requestHeaders } from "./provider.ts";
import { responsesBody } from "./responses-request.ts";
import { createResponsesReader } from "./responses-stream.ts";
import { connectSocket, type Socket } from "./socket.ts";

/*
 * The Responses API over one WebSocket: each request tells only what is new since the last answer, which the service
 * keeps for as long as the connection lives. Whatever goes wrong with that is asked again in whole, or over HTTP.
 */

/** Longer than this is not waited for a connection; HTTP is there. */
const connectMs = 300;

/** The last exchange over a connection, as it must be found again in the next request. */
type Last = {
  readonly responseId: string;
  /** The whole request as it would be over HTTP. */
  readonly body: string;
  readonly inputs: number;
  readonly output: string;
};
type Link = { readonly socket: Socket; last: Last | null };

const none: ReadonlySet<string> = new Set();
const wholeBody = (request: ModelRequest, choice: RemoteChoice, input: readonly InputItem[]): string =>
  responsesBody({ ...request, input }, choice, none);

/** What follows the last answer; null when the request does not go on from it, byte for byte. */
const newInput = (request: ModelRequest, choice: RemoteChoice, last: Last | null): readonly InputItem[] | null => {
  if (last === null) return null;
  const answer = request.input[last.inputs];
  if (answer?.type !== "output" || JSON.stringify(answer.parts) !== last.output) return null;
  if (wholeBody(request, choice, request.input.slice(0, last.inputs)) !== last.body) return null;
  return request.input.slice(last.inputs + 1);
};

const createEvent = (body: string, previous: string | undefined): string => {
  const { stream: _stream, input, ...rest } = JSON.parse(body) as Record<string, unknown>;
  const chained = previous === undefined ? {} : { previous_response_id: previous };
  return JSON.stringify({ type: "response.create", ...rest, ...chained, input });
};

/** The service no longer has what the request goes on from, or wants a new connection. */
const isForgotten = (text: string): boolean => {
  if (!/previous_response_not_found|websocket_connection_limit_reached/.test(text)) return false;
  try {
    const event = JSON.parse(text) as { type?: unknown } | null;
    return event?.type === "error" && /not_found|limit_reached/.test(errorIn(event)?.code ?? "");
  } catch {
    return false;
  }
};

type Exchange = { readonly choice: RemoteChoice; readonly signal: AbortSignal; readonly reader: EventReader };

/** Sends one event and reads to the end of its answer. */
const converse = (
  socket: Socket,
  text: string,
  { choice, signal, reader }: Exchange,
): Promise<ModelOutcome | "forgotten"> =>
  new Promise((resolve, reject) => {
    const idleMs = choice.provider.streamIdleTimeoutMs;
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.listen(null);
    };
    const fail = (fault: HttpFault): void => {
      stop();
      resolve({ type: "failed", failure: failureOfFault(fault, choice) });
    };
    const onAbort = (): void => fail({ kind: "aborted" });
    const timer = setTimeout(() => fail({ kind: "timeout", phase: "stream", ms: idleMs }), idleMs);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    socket.listen({
      onText(event) {
        timer.refresh();
        try {
          const outcome = isForgotten(event) ? "forgotten" : reader.onEvent("", event);
          if (outcome === undefined) return;
          stop();
          resolve(outcome);
        } catch (error) {
          // A bug of the listener's.
          stop();
          reject(error as Error);
        }
      },
      onEnd: (message) => fail({ kind: "network", phase: "stream", code: "ECONNRESET", message }),
    });
    socket.send(text);
  });

/** Streams over a WebSocket where the service has one, else `overHttp`; what failed once is not tried again. */
export const createSocketStream = (
  choice: RemoteChoice,
  overHttp: Model["stream"],
  contact: Contact,
): Model["stream"] => {
  let unusable = false;
  let busy = false;
  let link: Link | null = null;

  const connect = async (signal: AbortSignal): Promise<Link | null> => {
    const { provider, key } = choice;
    const headers = requestHeaders(provider, key);
    const socket = await connectSocket({ url: endpoint(provider, "responses"), headers, timeoutMs: connectMs, signal });
    if (socket === null) return null;
    contact.met = true;
    return { socket, last: null };
  };

  const exchange: Model["stream"] = async (request, onDelta, signal) => {
    if (link === null || !link.socket.isOpen()) link = await connect(signal);
    if (link === null) {
      unusable = !signal.aborted;
      return overHttp(request, onDelta, signal);
    }
    const input = newInput(request, choice, link.last);
    const body = wholeBody(request, choice, input ?? request.input);
    const event = createEvent(body, input === null ? undefined : link.last?.responseId);
    const reader = createResponsesReader(choice, onDelta);
    const { socket } = link;
    const outcome = await converse(socket, event, { choice, signal, reader });
    if (outcome !== "forgotten" && outcome.type === "completed" && outcome.responseId !== undefined) {
      link.last = {
        responseId: outcome.responseId,
        body: wholeBody(request, choice, request.input),
        inputs: request.input.length,
        output: JSON.stringify(outcome.output),
      };
      return outcome;
    }
    link = null;
    socket.close();
    // In whole, over a new connection; without anything to go on from it cannot be forgotten again.
    if (outcome === "forgotten")
      return input === null ? overHttp(request, onDelta, signal) : exchange(request, onDelta, signal);
    if (outcome.type === "failed" && outcome.failure.code === "bad_request") {
      // Only over HTTP are parameters left out that a server does not know.
      unusable = true;
      return overHttp(request, onDelta, signal);
    }
    return outcome;
  };

  return async (request, onDelta, signal) => {
    // One answer at a time over a connection: whoever asks meanwhile goes the other way.
    if (unusable || busy) return overHttp(request, onDelta, signal);
    busy = true;
    try {
      return await exchange(request, onDelta, signal);
    } catch (error) {
      link?.socket.close();
      link = null;
      throw error;
    } finally {
      busy = false;
    }
  };
};
