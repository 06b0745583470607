/*
 * What the scripted model is told to do: plain data, so that a script can also be a JSON file.
 */

/** A tool call. `arguments` as an object is sent as its JSON; as text it is sent as it stands. `input` makes it freeform. */
export type ScriptedCall = {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  readonly input?: string;
  /** Made up when absent, unique in the server. */
  readonly id?: string;
};

/** What goes wrong. Those marked * come after the step's text was streamed and instead of its end. */
export type ScriptedFault =
  /** * The connection dies. */
  | { readonly type: "cut" }
  /** * The stream ends as if all were well, without a final event. */
  | { readonly type: "end" }
  /** * A line of data that is not JSON, or this one. */
  | { readonly type: "malformed"; readonly data?: string }
  /** * Nothing more is sent; the connection stays open. */
  | { readonly type: "hang" }
  /** * An error object inside the stream. */
  | { readonly type: "error"; readonly message: string; readonly code?: string }
  /** The request is never answered. */
  | { readonly type: "silent" }
  /** * Comments at this pace, without end. */
  | { readonly type: "keepalive"; readonly everyMs: number }
  /** The connection is closed without an answer. */
  | { readonly type: "reset" }
  /** An answer that is not HTTP. */
  | { readonly type: "bytes"; readonly data: string }
  /** A refusal that begins and never ends. */
  | { readonly type: "half_status"; readonly status: number }
  /** An answer with this status; `body` is sent as JSON, or as it stands when it is text. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

/** One answer, served to one request. */
export type ScriptedStep = {
  /** Streamed as one delta, or as one for each entry. */
  readonly text?: string | readonly string[];
  /** A readable summary, and what the provider wants back. */
  readonly reasoning?: {
    readonly text: string;
    readonly encrypted?: string;
    /** A second piece without readable text, where the wire has such. */
    readonly opaque?: string;
  };
  readonly calls?: readonly ScriptedCall[];
  readonly refusal?: string;
  /** What the service makes of a conversation that it is asked to compact: the encrypted content. */
  readonly compaction?: string;
  /** `length`: cut by the output limit. */
  readonly stop?: "length" | "content_filter";
  readonly usage?: {
    readonly input: number;
    readonly output: number;
    readonly cached?: number;
    /** Written into the cache, where the wire tells. */
    readonly written?: number;
    readonly reasoning?: number;
  };
  readonly fault?: ScriptedFault;
  /** Written as they are, one write each, as the whole answer: for dialects that no real writer makes. */
  readonly raw?: readonly (string | Uint8Array)[];
  /** What becomes of the whole answer on its way. Not in a JSON file. */
  readonly rewrite?: (written: readonly string[]) => readonly (string | Uint8Array)[];
};

/** A request as it arrived. `body` is the text, for byte-for-byte comparisons. */
export type ScriptedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The client's port: tells connections apart. */
  readonly port: number;
};

/** An answer that depends on what was asked. Not in a JSON file. */
export type ScriptedAnswer = ScriptedStep | ((request: ScriptedRequest) => ScriptedStep);

export const usageOf = (step: ScriptedStep): Required<NonNullable<ScriptedStep["usage"]>> => ({
  cached: 0,
  written: 0,
  reasoning: 0,
  ...(step.usage ?? { input: 100, output: 20 }),
});

export const deltasOf = (step: ScriptedStep): readonly string[] =>
  step.text === undefined ? [] : typeof step.text === "string" ? [step.text] : step.text;

export const argumentsOf = (call: ScriptedCall): string =>
  typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments ?? {});
