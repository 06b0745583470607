import { again, status } from "./connection.ts";
import { run, type Sequence, type Wire, well } from "./sequence.ts";

/* Faults inside an answer: events, bytes, ids and ends that are not as they should be. */

type Written = readonly string[];

const foreign = [
  ": a comment\n\n",
  "event: ping\ndata:\n\n",
  "event: proxy.status\ndata: still waiting\n\n",
  'event: response.something_new\ndata: {"type":"response.something_new","text":"All is"}\n\n',
  'data: {"type":"something_new","delta":"All is"}\n\n',
  "id: 7\nretry: 1\n\n",
];

const bytesFor = (written: Written): Uint8Array[] => {
  const [before = "", ...rest] = written.join("").split("@@");
  return [Buffer.from(before), ...rest.flatMap((text) => [Buffer.from([0xff, 0xc3]), Buffer.from(text)])];
};

const oddities = (written: Written): string[] =>
  written.map((event) =>
    event
      .replace(/"(input_tokens|prompt_tokens|promptTokenCount)":\d+/g, '"$1":"many"')
      .replace(/"(total_tokens|cached_tokens|cache_read_input_tokens|cachedContentTokenCount)":\d+/g, '"$1":-1e9')
      .replace(/"(output_tokens|completion_tokens|candidatesTokenCount)":\d+/g, '"$1":1e999')
      .replace(/"(id|responseId)":"(?:resp|chatcmpl|msg)_\d+"/g, '"$1":7'),
  );

/** The events of the call come twice, as after a stream that was taken up again on the way. */
const twice =
  (wire: Wire) =>
  (written: Written): string[] =>
    wire === "anthropic"
      ? [...written.slice(0, -2), ...written.slice(1, -2), ...written.slice(-2)]
      : written.flatMap((event) => [event, event]);

const filler = "0123456789abcdef".repeat(128 * 1024);
const authCodes: Record<Wire, string> = {
  responses: "invalid_api_key",
  chat: "invalid_api_key",
  anthropic: "authentication_error",
  gemini: "permission_denied",
};

export const answerFaults: readonly Sequence[] = [
  {
    name: "an event that is not JSON",
    steps: () => [{ text: "All is", fault: { type: "malformed" } }, well],
    lines: () => [again("not JSON")],
    requests: 2,
  },
  {
    name: "the end without its final event",
    steps: () => [{ text: "All is", fault: { type: "end" } }, well],
    lines: () => [again("ended before")],
    requests: 2,
  },
  {
    name: "events that nobody knows",
    steps: () => [{ ...well, rewrite: (written) => written.flatMap((event) => [...foreign, event]) }],
    lines: () => [],
    requests: 1,
  },
  {
    name: "bytes that are not UTF-8",
    steps: () => [{ text: "All is @@well.", rewrite: bytesFor }],
    lines: () => [],
    text: "All is \ufffd\ufffdwell.",
    requests: 1,
  },
  {
    name: "half of a character pair",
    wires: ["responses", "gemini"],
    steps: () => [{ text: ["All is ", "\ud83e", "well."] }],
    lines: () => [],
    text: "All is \ufffdwell.",
    requests: 1,
  },
  {
    name: "a byte order mark",
    wires: ["responses", "gemini"],
    steps: () => [{ ...well, rewrite: (written) => ["\ufeff", ...written] }],
    lines: () => [],
    requests: 1,
  },
  {
    name: "a byte order mark before a whole document",
    wires: ["chat", "anthropic"],
    steps: (wire) => {
      const chat = { choices: [{ index: 0, message: { content: "All is well." }, finish_reason: "stop" }] };
      const message = { type: "message", content: [{ type: "text", text: "All is well." }], stop_reason: "end_turn" };
      const body = `\ufeff${JSON.stringify(wire === "chat" ? chat : message)}`;
      return [{ fault: { type: "status", status: 200, body } }];
    },
    lines: () => [],
    requests: 1,
  },
  {
    name: "the whole message once more at the end",
    wires: ["chat"],
    steps: () => [
      {
        ...well,
        rewrite: (written) =>
          written.map((event) =>
            event.includes('"finish_reason":"stop"')
              ? 'data: {"choices":[{"index":0,"message":{"content":"All is well."},"finish_reason":"stop"}]}\n\n'
              : event,
          ),
      },
    ],
    lines: () => [],
    requests: 1,
  },
  {
    name: "a second answer that nobody asked for",
    wires: ["chat", "gemini"],
    steps: () => [
      {
        ...well,
        rewrite: (written) =>
          written.flatMap((event) => [
            event,
            event.replace('"index":0', '"index":1').replace(/"finish[^,}]*/, '"x":0'),
          ]),
      },
    ],
    lines: () => [],
    requests: 1,
  },
  {
    name: "ids that come again",
    steps: () => [{ calls: [run("one", "same"), run("two", "same")] }, { calls: [run("three", "same")] }, well],
    lines: () => [],
    requests: 3,
    ran: "one\ntwo\nthree\n",
  },
  {
    name: "a call that is told twice runs once",
    wires: ["responses", "anthropic", "gemini"],
    steps: (wire) => [{ calls: [run("once", "c1")], rewrite: twice(wire) }, well],
    lines: () => [],
    requests: 2,
    ran: "once\n",
  },
  {
    name: "counts and ids that are none",
    steps: () => [{ ...well, rewrite: oddities }],
    lines: () => [],
    requests: 1,
  },
  {
    name: "a delta of two megabytes",
    wires: ["chat", "anthropic"],
    steps: () => [{ text: ["All", filler, "well."] }],
    lines: () => [],
    text: `All${filler}well.`,
    requests: 1,
  },
  {
    name: "an event that has no end",
    wires: ["chat", "anthropic"],
    steps: () => [{ raw: ["data: ", ...Array.from({ length: 17 }, () => filler)] }],
    lines: () => [/^near sent more than an answer can be$/],
    failure: "bad_response",
    requests: 1,
  },
  {
    name: "a stream that has no end",
    wires: ["gemini"],
    steps: () => {
      const comment = Buffer.from(`: ${filler}\n`);
      return [{ raw: Array.from({ length: 129 }, () => comment) }];
    },
    lines: () => [/^near sent more than an answer can be$/],
    failure: "bad_response",
    requests: 1,
  },
  {
    name: "a call with arguments that are not JSON",
    steps: () => [{ calls: [{ name: "shell", arguments: '{"command": "echo no' }] }, { calls: [run("once")] }, well],
    // Gemini's service finds that itself, and gives no call.
    lines: (wire) => (wire === "gemini" ? [again("went wrong \\(MALFORMED_FUNCTION_CALL\\)")] : []),
    requests: 3,
    ran: "once\n",
  },
  {
    name: "nothing said",
    wires: ["anthropic", "gemini"],
    steps: () => [{}, { text: " " }, well],
    lines: () => [again("the model answered nothing"), again("the model answered nothing", 3)],
    requests: 3,
  },
  {
    name: "nothing said for ever",
    wires: ["responses", "chat"],
    steps: () => [{}, {}, {}],
    lines: () => [again("nothing"), again("nothing", 3), /^the model answered nothing$/],
    failure: "bad_response",
    requests: 3,
  },
  {
    name: "the output limit before the first word",
    wires: ["responses", "anthropic"],
    steps: () => [{ reasoning: { text: "so" }, stop: "length" }, well],
    lines: () => [again("reached its output limit before it said anything; a lower model_reasoning_effort may help")],
    requests: 2,
  },
  {
    name: "the output limit in the middle of the words",
    steps: () => [{ ...well, stop: "length" }],
    lines: () => [/^the model's answer was cut by its output limit$/],
    requests: 1,
  },
  {
    name: "a refusal",
    steps: () => [{ refusal: "I will not." }],
    lines: () => [/refused: I will not\.$|content filter \(SAFETY\): I will not\.$/],
    failure: "refused",
    requests: 1,
  },
  {
    name: "the content filter",
    steps: () => [{ text: "All is", stop: "content_filter" }],
    lines: () => [/content filter/],
    failure: "refused",
    requests: 1,
  },
  {
    name: "an error inside the stream",
    steps: () => [{ text: "All is", fault: { type: "error", message: "boom", code: "server_error" } }, well],
    lines: () => [again("failed while answering: boom")],
    requests: 2,
  },
  {
    name: "a key refused inside the stream",
    steps: (wire) => [{ text: "All is", fault: { type: "error", message: "expired", code: authCodes[wire] } }],
    lines: () => [/^near did not accept the key: .*expired/],
    failure: "authentication",
    requests: 1,
  },
  {
    name: "empty, refused, broken, and then well",
    wires: ["responses", "gemini"],
    steps: () => [
      {},
      status(500, "oops"),
      { text: "All is", fault: { type: "end" } },
      { calls: [run("once")] },
      {},
      well,
    ],
    lines: () => [again("nothing"), again("500", 3), again("ended before", 4), again("nothing")],
    requests: 6,
    ran: "once\n",
  },
];
