import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import type { TestContext } from "node:test";
import * as acp from "@agentclientprotocol/sdk";
import { fettleProgram } from "./fettle.ts";
import type { Scene } from "./scripted-run.ts";

/* An editor: the official SDK's client, which checks every message by the protocol's schema, over the real program. */

type Update = acp.SessionNotification["update"];

export type Editor = {
  readonly agent: acp.ClientContext;
  readonly pid: number;
  /** What a session was told so far, oldest first. */
  updates(sessionId: string): readonly Update[];
  /** Resolves with the first update of the session, past or to come, that fits. */
  update(sessionId: string, fits: (update: Update) => boolean): Promise<Update>;
  /** All questions, in the order in which they were asked. */
  readonly questions: acp.RequestPermissionRequest[];
  /** Every line that the program wrote. */
  readonly lines: string[];
  stderr(): string;
  closeInput(): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

type Options = {
  /** Answers a question by the id of an option; null cancels. */
  answer?: (question: acp.RequestPermissionRequest) => Promise<string | null> | string | null;
  /** What the editor has open: path → text. */
  buffers?: Readonly<Record<string, string>>;
  /** Is waited for before such a text is given. */
  onRead?: () => Promise<void>;
  args?: readonly string[];
  /** What stands before them: `acp`. */
  command?: readonly string[];
  notices?: boolean;
  env?: Readonly<Record<string, string>>;
};

type Waiting = { sessionId: string; fits: (update: Update) => boolean; resolve: (update: Update) => void };

const initialized = (editor: Editor, options: Options = {}): Promise<acp.InitializeResponse> =>
  editor.agent.request("initialize", {
    protocolVersion: acp.PROTOCOL_VERSION,
    clientCapabilities: {
      fs: { readTextFile: options.buffers !== undefined },
      ...(options.notices === true ? { session: { notices: {} } } : {}),
    },
  });

/** Starts `fettle acp` against the scene's model and greets it. It is stopped when the test ends. */
export const openEditor = async (t: TestContext, scene: Scene, options: Options = {}): Promise<Editor> => {
  mkdirSync(scene.home, { recursive: true });
  const args = [
    ...(options.command ?? ["acp"]),
    "-c",
    `openai_base_url=${scene.server.baseUrl}`,
    "-m",
    "gpt-5",
    ...(options.args ?? []),
  ];
  const env = {
    PATH: process.env.PATH,
    HOME: scene.home,
    FETTLE_HOME: scene.home,
    OPENAI_API_KEY: "dummy",
    ...options.env,
  };
  const child = spawn(fettleProgram, args, { cwd: scene.home, env, stdio: ["pipe", "pipe", "pipe"] });
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  child.on("close", (code, signal) => resolve({ code, signal }));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [forSdk, forLines] = Readable.toWeb(child.stdout).tee() as [
    ReadableStream<Uint8Array>,
    ReadableStream<Uint8Array>,
  ];
  const lines: string[] = [];
  void collectLines(forLines, lines);

  const told: { sessionId: string; update: Update }[] = [];
  let waiting: Waiting[] = [];
  const questions: acp.RequestPermissionRequest[] = [];
  const client = acp
    .client({ name: "test" })
    .onNotification("session/update", ({ params }) => {
      told.push(params);
      const [found, left] = [
        waiting.filter((one) => one.sessionId === params.sessionId && one.fits(params.update)),
        waiting,
      ];
      waiting = left.filter((one) => !found.includes(one));
      for (const one of found) one.resolve(params.update);
    })
    .onRequest("session/request_permission", async ({ params }) => {
      questions.push(params);
      const optionId = await (options.answer ?? (() => "no"))(params);
      return { outcome: optionId === null ? { outcome: "cancelled" } : { outcome: "selected", optionId } };
    })
    .onRequest("fs/read_text_file", async ({ params }) => {
      await options.onRead?.();
      const content = options.buffers?.[params.path];
      if (content === undefined) throw new Error("not open");
      return { content };
    });
  const connection = client.connect(
    acp.ndJsonStream(Writable.toWeb(child.stdin) as WritableStream<Uint8Array>, forSdk),
  );
  t.after(async () => {
    child.stdin.end();
    await ended;
    connection.close();
  });
  const editor: Editor = {
    agent: connection.agent,
    pid: child.pid ?? 0,
    updates: (sessionId) => told.flatMap((one) => (one.sessionId === sessionId ? [one.update] : [])),
    update(sessionId, fits) {
      const past = editor.updates(sessionId).find(fits);
      if (past !== undefined) return Promise.resolve(past);
      const { promise, resolve: found } = Promise.withResolvers<Update>();
      waiting.push({ sessionId, fits, resolve: found });
      return promise;
    },
    questions,
    lines,
    stderr: () => stderr,
    closeInput: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    ended,
  };
  await initialized(editor, options);
  return editor;
};

const collectLines = async (stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> => {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const parts = `${rest}${piece}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  }
  if (rest !== "") lines.push(rest);
};

/** The text of a session's chunks of one kind, joined. */
export const said = (editor: Editor, sessionId: string, kind: Update["sessionUpdate"]): string =>
  editor
    .updates(sessionId)
    .flatMap((update) =>
      update.sessionUpdate === kind && "content" in update && update.content !== null && !Array.isArray(update.content)
        ? update.content !== undefined && update.content.type === "text"
          ? [update.content.text]
          : []
        : [],
    )
    .join("");

export type Call = Extract<Update, { sessionUpdate: "tool_call" | "tool_call_update" }>;

/** Each call of a session as it was told in the end, in order. */
export const callsOf = (editor: Editor, sessionId: string): Call[] => {
  const calls = new Map<string, Call>();
  for (const update of editor.updates(sessionId))
    if (update.sessionUpdate === "tool_call" || update.sessionUpdate === "tool_call_update")
      calls.set(update.toolCallId, { ...calls.get(update.toolCallId), ...update } as Call);
  return [...calls.values()];
};

/** Sends a prompt, in words or in blocks. */
export const prompt = (
  editor: Editor,
  sessionId: string,
  words: string | readonly acp.ContentBlock[],
): Promise<acp.PromptResponse> =>
  editor.agent.request<acp.PromptResponse>("session/prompt", {
    sessionId,
    prompt: typeof words === "string" ? [{ type: "text", text: words }] : words,
  });

/** Begins a session in a folder. */
export const started = (editor: Editor, cwd: string): Promise<acp.NewSessionResponse> =>
  editor.agent.request("session/new", { cwd, mcpServers: [] });
