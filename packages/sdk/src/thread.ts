import type {
  ApprovalAnswer,
  AutonomyLevel,
  RpcQuestion,
  RpcThreadOptions,
  ThreadEvent,
  TurnOutcome,
} from "@fettle/protocol";
import { type Connection, FettleError } from "./connection.ts";
import { createEventQueue, type EventQueue } from "./event-stream.ts";
import { type JsonSchema, schemaOf, type Typed } from "./schema.ts";
import type { Tool } from "./tool.ts";

/* A thread as a program holds it. */

export type ThreadOptions = {
  /** The workspace. Default: the current folder, or where a resumed thread began. */
  readonly cwd?: string;
  readonly model?: string;
  readonly effort?: NonNullable<RpcThreadOptions["effort"]>;
  /** How far it may go without asking; stays with the thread. */
  readonly autonomy?: AutonomyLevel;
  readonly sandbox?: "read-only" | "workspace-write";
  /** Further folders that commands may write. */
  readonly addDirs?: readonly string[];
  /** Configuration over that of the files: KEY=VALUE in TOML. */
  readonly config?: readonly string[];
  /** Limits of the whole thread, in US dollars and in tokens. */
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly tools?: readonly Tool[];
  /** Answers fettle's questions. Without it nobody is there, and what needs an answer is refused. */
  readonly approve?: (
    question: RpcQuestion,
  ) => ApprovalAnswer | ApprovalAnswer["choice"] | Promise<ApprovalAnswer | ApprovalAnswer["choice"]>;
  /** Lines for a person that are no events. */
  readonly onNote?: (line: string) => void;
};

export type RunOptions<T = unknown> = {
  /** Absolute paths of pictures. */
  readonly images?: readonly string[];
  /** Commands that fettle itself runs at the end. */
  readonly checks?: readonly string[];
  /** What the answer must be: a zod schema, which types `output`, or a JSON Schema. */
  readonly schema?: Typed<T> | JsonSchema;
  /** Aborting it interrupts the turn. */
  readonly signal?: AbortSignal;
};

/** How a turn ended. An interrupted or failed one is an outcome too: look at `status`. */
export type RunResult<T = unknown> = TurnOutcome & {
  /** The answer as the schema reads it; undefined without a schema or when the turn was not completed. */
  readonly output: T | undefined;
};

export type RunStream<T = unknown> = AsyncIterable<ThreadEvent> & { readonly result: Promise<RunResult<T>> };

export type Thread = {
  readonly id: string;
  /** Runs a turn to its end. Rejects with a FettleError when it cannot run, or its answer does not fit the schema. */
  run<T = unknown>(text: string, options?: RunOptions<T>): Promise<RunResult<T>>;
  /** The same with its events as they come. Leaving the loop early interrupts the turn. */
  stream<T = unknown>(text: string, options?: RunOptions<T>): RunStream<T>;
  /** Words for the running turn: the model gets them with its next call. */
  steer(text: string): Promise<void>;
  /** Words for a turn of their own, when the running one has ended. */
  queue(text: string): Promise<void>;
  /** Ends the running turn; resolves when its end is on record. */
  interrupt(): Promise<void>;
  setAutonomy(level: AutonomyLevel): Promise<void>;
  /** A new thread with the turns of this one up to `turn` (the last finished one), and with its options. */
  fork(turn?: number): Promise<Thread>;
};

/** What a thread needs of the connection that it shares with others. */
export type ThreadPorts = {
  readonly connection: Connection;
  /** Gives the thread's events to the queue until the returned function is called. */
  listen(threadId: string, queue: EventQueue): () => void;
  reopen(threadId: string): Promise<Thread>;
};

const readAnswer = <T>(outcome: TurnOutcome, schema: Typed<T> | JsonSchema | undefined): RunResult<T> => {
  if (schema === undefined || outcome.status !== "completed") return { ...outcome, output: undefined };
  if (outcome.schema_problem !== undefined) throw new FettleError(outcome.schema_problem, { code: "schema" });
  const parsed = schemaOf<T>(schema).parse(JSON.parse(outcome.text));
  if (!parsed.ok) throw new FettleError(`the answer does not fit the schema: ${parsed.message}`, { code: "schema" });
  return { ...outcome, output: parsed.value };
};

/** Makes the program's side of a thread that fettle has open. */
export const createThread = (id: string, ports: ThreadPorts): Thread => {
  const { connection } = ports;
  const interrupt = async (): Promise<void> => void (await connection.request("turn/interrupt", { thread_id: id }));

  const start = async <T>(text: string, options: RunOptions<T>): Promise<RunResult<T>> => {
    const { images, checks, schema, signal } = options;
    signal?.throwIfAborted();
    const onAbort = (): void => void interrupt().catch(() => {});
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const outcome = await connection.request("turn/run", {
        thread_id: id,
        text,
        ...(images === undefined ? {} : { images: [...images] }),
        ...(checks === undefined ? {} : { checks: [...checks] }),
        ...(schema === undefined ? {} : { output_schema: schemaOf<T>(schema).json }),
      });
      return readAnswer(outcome, schema);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  };

  const stream = <T>(text: string, options: RunOptions<T> = {}): RunStream<T> => {
    const queue = createEventQueue();
    const stop = ports.listen(id, queue);
    let over = false;
    const result = start<T>(text, options).finally(() => {
      over = true;
      stop();
      queue.end();
    });
    // Whoever only reads the events is told of a failure by the last of them, or asks for the result.
    result.catch(() => {});
    const read = async function* (): AsyncGenerator<ThreadEvent> {
      try {
        for (let event = await queue.next(); event !== undefined; event = await queue.next()) yield event;
      } finally {
        if (!over) await interrupt();
      }
    };
    return { result, [Symbol.asyncIterator]: read };
  };

  return {
    id,
    run: (text, options = {}) => start(text, options),
    stream,
    steer: async (text) => void (await connection.request("turn/steer", { thread_id: id, text })),
    queue: async (text) => void (await connection.request("turn/steer", { thread_id: id, text, queue: true })),
    interrupt,
    setAutonomy: async (level) => void (await connection.request("thread/autonomy", { thread_id: id, level })),
    async fork(turn) {
      const made = await connection.request("thread/fork", { thread_id: id, ...(turn === undefined ? {} : { turn }) });
      return ports.reopen(made.thread_id);
    },
  };
};
