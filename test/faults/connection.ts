import type { ScriptedFault, ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { services } from "../../packages/agent/test/support/services.ts";
import { run, type Sequence, type Wire, well } from "./sequence.ts";

/* Faults of the connection and refusals of the service: what comes instead of an answer, or cuts it off. */

export const again = (what: string, attempt = 2): RegExp =>
  new RegExp(`^.*${what}.*; trying again in [\\d.]+ s \\(attempt ${attempt}\\)$`);

const instead = (fault: ScriptedFault): ScriptedStep => ({ fault });
const after = (fault: ScriptedFault): ScriptedStep => ({ text: "All is", fault });
export const status = (code: number, message: string, headers: Record<string, string> = {}): ScriptedStep =>
  instead({ type: "status", status: code, headers, body: { error: { message } } });

const half = (written: readonly string[]): string[] => {
  const whole = written.join("");
  return [whole.slice(0, Math.floor(whole.length * 0.6))];
};
const serviceOf = (wire: Wire) => {
  const found = services.find((service) => service.wire === wire);
  if (found === undefined) throw new Error(`no service speaks ${wire}`);
  return found;
};
/** What the transport sees alike on every wire is looked at on two. */
const someWires: readonly Wire[] = ["responses", "gemini"];
const otherWires: readonly Wire[] = ["chat", "anthropic"];
const quick = "stream_idle_timeout_ms=900,stream_max_retries=0";
const paths: Record<Wire, string> = {
  responses: "/v1/responses",
  chat: "/v1/chat/completions",
  anthropic: "/v1/messages",
  gemini: "/v1/models/scripted:streamGenerateContent?alt=sse",
};

export const connectionFaults: readonly Sequence[] = [
  {
    name: "reset before the answer",
    wires: someWires,
    steps: () => [instead({ type: "reset" }), well],
    lines: () => [again("was lost \\(ECONNRESET\\)")],
    requests: 2,
  },
  {
    name: "cut in the middle of the words",
    steps: () => [after({ type: "cut" }), well],
    lines: () => [again("was lost")],
    requests: 2,
  },
  {
    name: "truncated in the middle of an event",
    wires: otherWires,
    steps: () => [{ ...well, rewrite: half }, well],
    lines: () => [again("not JSON|ended before")],
    requests: 2,
  },
  {
    name: "no answer in time",
    wires: someWires,
    steps: () => [instead({ type: "silent" })],
    lines: () => [/began no answer for 0\.9 s \(.*stream_idle_timeout_ms sets the limit\)$/],
    failure: "timeout",
    requests: 1,
    provider: quick,
  },
  {
    name: "silence in the middle of the words",
    wires: otherWires,
    steps: () => [after({ type: "hang" })],
    lines: () => [/sent nothing more for 0\.9 s/],
    failure: "timeout",
    requests: 1,
    provider: quick,
  },
  {
    name: "signs of life without end, and no word",
    wires: ["responses", "anthropic"],
    steps: () => [after({ type: "keepalive", everyMs: 100 })],
    lines: () => [/sent nothing more for 5\.4 s/],
    failure: "timeout",
    requests: 1,
    provider: quick,
  },
  {
    name: "a refusal that never ends",
    wires: ["chat"],
    steps: () => [instead({ type: "half_status", status: 500 })],
    lines: () => [/failed \(500\)/],
    failure: "bad_response",
    requests: 1,
    provider: quick,
  },
  {
    name: "401",
    wires: someWires,
    steps: () => [status(401, "who are you?")],
    lines: () => [/^near did not accept the key: .*who are you\?/],
    failure: "authentication",
    requests: 1,
  },
  {
    name: "403",
    wires: otherWires,
    steps: () => [status(403, "not in your country")],
    lines: () => [/^near does not allow this \(403\): not in your country$/],
    failure: "authentication",
    requests: 1,
  },
  {
    name: "429 with retry-after",
    wires: otherWires,
    steps: () => [status(429, "slow down", { "retry-after": "1" }), well],
    lines: () => [/^near limits the rate: slow down; trying again in 1\.0 s \(attempt 2\)$/],
    requests: 2,
  },
  {
    name: "429 that wants no pause is not stormed",
    wires: ["responses", "gemini"],
    steps: () => [status(429, "slow down", { "retry-after": "0" }), well],
    lines: () => [/^near limits the rate: slow down; trying again in 0\.[12] s \(attempt 2\)$/],
    requests: 2,
  },
  {
    name: "429 that wants a pause of hours",
    wires: ["chat", "anthropic"],
    steps: () => [status(429, "enough for today", { "retry-after": "18000" })],
    lines: () => [/^near limits the rate: enough for today; it wants a pause of 5 h$/],
    failure: "rate_limited",
    requests: 1,
  },
  {
    name: "overload with retry-after",
    steps: (wire) => [instead(serviceOf(wire).overload), well],
    lines: () => [/^near is overloaded \(5\d\d\): .*; trying again in 2\.0 s \(attempt 2\)$/],
    requests: 2,
  },
  {
    name: "5xx, and then another",
    wires: someWires,
    steps: () => [status(500, "oops"), status(502, "bad gateway"), well],
    lines: () => [again("failed \\(500\\): oops"), again("failed \\(502\\)", 3)],
    requests: 3,
  },
  {
    name: "5xx for ever",
    wires: ["chat", "gemini"],
    steps: () => [status(500, "oops"), status(500, "oops"), status(500, "oops")],
    lines: () => [again("500"), again("500", 3), /^near failed \(500\): oops$/],
    failure: "bad_response",
    requests: 3,
    provider: "stream_max_retries=2",
  },
  {
    name: "a redirect to itself is not followed",
    steps: (wire) => [instead({ type: "status", status: 307, headers: { location: paths[wire] }, body: "" })],
    lines: () => [/redirects to \/v1\/.*; set base_url/],
    failure: "bad_request",
    requests: 1,
  },
  {
    name: "a web page",
    wires: ["responses", "chat"],
    steps: () => [
      instead({ type: "status", status: 200, headers: { "content-type": "text/html" }, body: "<h1>Log in</h1>" }),
    ],
    lines: () => [/answered with a web page/],
    failure: "bad_response",
    requests: 1,
  },
  {
    name: "what is not HTTP",
    wires: ["responses", "anthropic"],
    steps: () => [instead({ type: "bytes", data: "SSH-2.0-OpenSSH_9.9\r\n" }), well],
    lines: () => [again("was lost \\(HPE_")],
    requests: 2,
  },
  {
    name: "a conversation that does not fit is compacted and asked again",
    steps: (wire) => [
      { calls: [{ name: "shell", arguments: { command: "seq 1 400; echo first >> ran.log" } }] },
      { calls: [{ name: "shell", arguments: { command: "seq 1 400; echo second >> ran.log" } }] },
      instead(serviceOf(wire).overflow),
      { text: "- a note" },
      well,
    ],
    lines: () => [],
    requests: 5,
    ran: "first\nsecond\n",
  },
  {
    name: "a first message that does not fit",
    wires: ["responses", "gemini"],
    steps: (wire) => [instead(serviceOf(wire).overflow)],
    lines: () => [/^the conversation no longer fits near\/scripted's context: /],
    failure: "context_overflow",
    requests: 1,
  },
  {
    name: "four faults in a row",
    wires: otherWires,
    steps: () => [
      after({ type: "cut" }),
      status(503, "busy"),
      after({ type: "malformed" }),
      instead({ type: "reset" }),
      well,
    ],
    lines: () => [again("lost"), again("overloaded", 3), again("not JSON", 4), again("lost", 5)],
    requests: 5,
  },
  {
    name: "cut in the middle of a call, which runs once",
    steps: () => [
      { text: "I look.", calls: [run("once")], rewrite: half, fault: { type: "cut" } },
      { calls: [run("once")] },
      well,
    ],
    lines: () => [again("lost|not JSON|ended before")],
    requests: 3,
    ran: "once\n",
  },
  {
    name: "faults before and after a command, which runs once",
    wires: someWires,
    steps: () => [
      after({ type: "end" }),
      { calls: [run("once")] },
      after({ type: "cut" }),
      status(429, "slow down", { "retry-after-ms": "300" }),
      after({ type: "error", message: "internal", code: "server_error" }),
      well,
    ],
    lines: () => [
      again("ended before"),
      again("lost"),
      again("limits the rate", 3),
      again("failed while answering: internal", 4),
    ],
    requests: 6,
    ran: "once\n",
  },
];
