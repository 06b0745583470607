import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CallToolResultSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ListToolsResultSchema,
  type Progress,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod/mini";
import { startClock } from "./call-clock.ts";
import { loginHint } from "./oauth.ts";
import { type McpPlace, openTransport } from "./open-transport.ts";
import { resourceParts, resultParts } from "./result.ts";
import { isToolEnabled, type McpServerEntry, startupMs, toolMs } from "./server-config.ts";
import type { Elicitation, McpCall, McpConnect, McpConnection, McpOutcome, McpResource, McpTool } from "./types.ts";

/** A list that never ends must not fill our memory. */
const mostPages = 50;
/** What a server says of a failure may be of any length. In characters. */
const mostWords = 1000;
/** The SDK's own time-out, which would go on while a person is asked, is out of the way: 2^31 - 1 ms. */
const ownClock = 0x7fffffff;

const faultWords = (error: unknown): string => {
  if (error instanceof z.core.$ZodError) return "its answer is not one that the protocol knows";
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  const words = `${message.slice(0, mostWords)}${why.slice(0, mostWords)}`;
  return words.replace(/^MCP error -?\d+: /, "").replace(/[\s\p{Cc}]+/gu, " ");
};

const unauthorizedWords = ({ name, entry }: McpPlace): string =>
  entry.bearer_token_env_var === undefined
    ? loginHint(name)
    : `it does not accept the token in ${entry.bearer_token_env_var}`;

const isUnauthorized = (error: unknown): boolean =>
  error instanceof UnauthorizedError || (error instanceof StreamableHTTPError && error.code === 401);

/** A connection that broke is closed, so that the next use makes a new one. */
const isBroken = (error: unknown): boolean => error instanceof StreamableHTTPError || error instanceof TypeError;

/** The questions of a server go to the one call that runs; with several nobody could tell whose they are. */
const createCalls = () => {
  const open = new Set<McpCall>();
  return {
    async during<T>(call: McpCall, run: () => Promise<T>): Promise<T> {
      open.add(call);
      try {
        return await run();
      } finally {
        open.delete(call);
      }
    },
    only: (): McpCall | null => (open.size === 1 ? ([...open][0] ?? null) : null),
  };
};

type Calls = ReturnType<typeof createCalls>;

const answerQuestions = (client: Client, calls: Calls, root: string): void => {
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: [{ uri: pathToFileURL(root).href, name: basename(root) }],
  }));
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    const call = calls.only();
    if (call === null || params.mode === "url") return { action: "decline" };
    const { properties, required = [] } = params.requestedSchema;
    const asked: Elicitation = { message: params.message, fields: { ...properties }, required };
    const content = await call.elicit(asked);
    return content === null ? { action: "decline" } : { action: "accept", content: { ...content } };
  });
};

/** Follows a list's pages. */
const allPages = async <T>(
  ask: (cursor: string | undefined) => Promise<{ entries: readonly T[]; next: string | undefined }>,
): Promise<T[]> => {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { entries, next } = await ask(cursor);
    all.push(...entries);
    if (next === undefined || next === "") break;
    cursor = next;
  }
  return all;
};

const listTools = (client: Client, entry: McpServerEntry): Promise<McpTool[]> =>
  allPages(async (cursor) => {
    const params = cursor === undefined ? {} : { cursor };
    // Not `listTools`, which compiles the server's own schemas into code of ours.
    const { tools, nextCursor } = await client.request({ method: "tools/list", params }, ListToolsResultSchema);
    const shown = tools.filter(({ name }) => isToolEnabled(entry, name));
    return {
      entries: shown.map(({ name, title, description, inputSchema }) => ({
        name,
        description: description ?? title ?? "",
        inputSchema,
      })),
      next: nextCursor,
    };
  });

const listResources = (client: Client): Promise<McpResource[]> =>
  allPages(async (cursor) => {
    const { resources, nextCursor } = await client.listResources(cursor === undefined ? {} : { cursor });
    return {
      entries: resources.map(({ uri, name, description }) => ({ uri, name, description: description ?? "" })),
      next: nextCursor,
    };
  });

type Parts = {
  readonly client: Client;
  readonly place: McpPlace;
  readonly ended: Promise<string>;
  died(): string | null;
};

const connectionOf = ({ client, place, ended, died }: Parts, calls: Calls): McpConnection => {
  const { entry } = place;
  let known: Promise<readonly McpTool[]> | null = null;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    known = null;
  });

  const wordsFor = (error: unknown): string => {
    if (isBroken(error)) void client.close();
    return isUnauthorized(error) ? unauthorizedWords(place) : (died() ?? faultWords(error));
  };
  const listed = <T>(list: Promise<T>): Promise<T> =>
    list.catch((error: unknown) => {
      throw new Error(wordsFor(error), { cause: error });
    });
  const asked = async (call: McpCall, run: (signal: AbortSignal) => Promise<McpOutcome>): Promise<McpOutcome> => {
    const limit = toolMs(entry);
    const clock = startClock(limit);
    const timed: McpCall = { ...call, elicit: (question) => clock.whileStopped(() => call.elicit(question)) };
    try {
      return await calls.during(timed, () => run(AbortSignal.any([call.signal, clock.signal])));
    } catch (error) {
      if (call.signal.aborted) return { ok: false, message: "interrupted" };
      if (clock.signal.aborted)
        return { ok: false, message: `it did not answer within ${limit / 1000} s (tool_timeout_sec)` };
      return { ok: false, message: wordsFor(error) };
    } finally {
      clock.end();
    }
  };
  const options = (call: McpCall, signal: AbortSignal) => ({
    signal,
    timeout: ownClock,
    onprogress: ({ progress, total, message }: Progress) =>
      call.onProgress(
        `${progress}${total === undefined ? "" : `/${total}`}${message === undefined ? "" : ` ${message}`}`,
      ),
  });

  return {
    async tools() {
      known ??=
        client.getServerCapabilities()?.tools === undefined ? Promise.resolve([]) : listed(listTools(client, entry));
      known.catch(() => {
        known = null;
      });
      return known;
    },
    resources: async () =>
      client.getServerCapabilities()?.resources === undefined ? [] : listed(listResources(client)),
    callTool: (tool, args, call) =>
      asked(call, async (signal) => {
        const params = { name: tool, arguments: { ...args } };
        // Not `callTool`, for the same reason.
        const result = await client.request(
          { method: "tools/call", params },
          CallToolResultSchema,
          options(call, signal),
        );
        return { ok: true, parts: resultParts(result), failed: result.isError === true };
      }),
    readResource: (uri, call) =>
      asked(call, async (signal) => {
        const { contents } = await client.readResource({ uri }, options(call, signal));
        return { ok: true, parts: resourceParts(contents), failed: false };
      }),
    ended,
    close: () => client.close(),
  };
};

/** Starts or reaches a server and greets it. `signal` ends the attempt. */
export const connectServer = async (place: McpPlace, signal: AbortSignal): Promise<McpConnect> => {
  const { entry, root, version } = place;
  const opened = await openTransport(place);
  if (!opened.ok) return opened;
  const client = new Client({ name: "fettle", version }, { capabilities: { roots: {}, elicitation: { form: {} } } });
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const calls = createCalls();
  answerQuestions(client, calls, root);
  client.onclose = () => end([opened.died() ?? "", opened.words()].filter((part) => part !== "").join("; it says: "));
  const timeout = startupMs(entry);
  try {
    await client.connect(opened.transport, { timeout, signal });
    return { ok: true, connection: connectionOf({ client, place, ended, died: opened.died }, calls) };
  } catch (error) {
    const died = opened.died();
    await client.close().catch(() => {});
    await opened.transport.close().catch(() => {});
    if (isUnauthorized(error)) return { ok: false, message: unauthorizedWords(place) };
    const words = opened.words();
    return {
      ok: false,
      message: `${died ?? faultWords(error)}${words === "" ? "" : `; it says: ${words.replace(/\s+/g, " ")}`}`,
    };
  }
};
