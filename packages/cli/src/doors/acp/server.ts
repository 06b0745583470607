import { realpathSync, statSync } from "node:fs";
import type {
  InitializeResponse,
  ListSessionsResponse,
  NewSessionResponse,
  PromptResponse,
  SessionModeState,
} from "@agentclientprotocol/sdk";
import {
  autonomySettings,
  listThreads,
  liveEvents,
  loadConfig,
  readThread,
  removeUnused,
  repositoryRoot,
  settingsInEffect,
} from "@fettle/agent";
import {
  type AutonomyLevel,
  createRpcPeer,
  type LoggedEvent,
  RpcError,
  type RpcPeer,
  rpcCodes,
} from "@fettle/protocol";
import { version } from "../../entry/program-files.ts";
import { createServerPool, type ServerPool } from "../../mcp-pool.ts";
import type { RunOptions } from "../../run-setup.ts";
import { parseParams, rpcErrorOf } from "../params.ts";
import { newThread } from "../session.ts";
import type { Served } from "../stdio.ts";
import { createLiveSession, type Editor, type LiveSession, type Place } from "./live-session.ts";
import { editorServers } from "./mcp-servers.ts";
import * as schemas from "./schemas.ts";
import { skillCommands, slashCommands } from "./slash-commands.ts";
import { createUpdates } from "./updates.ts";

/* The Agent Client Protocol, version 1: the one file that knows its methods. */

/** What holds for all sessions of this process. */
export type AcpOptions = Pick<RunOptions, "model" | "effort" | "overrides">;

const pageSize = 50;

const levels: Readonly<Record<AutonomyLevel, { name: string; description: string }>> = {
  suggest: { name: "Suggest", description: "Asks before every change and every command that does not only read" },
  edit: { name: "Edit", description: "Changes files; asks about commands that no rule allows" },
  run: { name: "Run", description: "Runs commands in the sandbox; asks about what a rule asks for, and beyond it" },
  trusted: { name: "Trusted", description: "As run; a reviewing model may answer questions of low risk" },
  full: { name: "Full access", description: "No sandbox; asks only where a rule does" },
};

const modesAt = (level: AutonomyLevel): SessionModeState => ({
  currentModeId: level,
  availableModes: Object.entries(levels).map(([id, level]) => ({ id, ...level })),
});

const capabilities: InitializeResponse = {
  protocolVersion: 1,
  agentInfo: { name: "fettle", title: "fettle", version },
  agentCapabilities: {
    loadSession: true,
    promptCapabilities: { image: true, audio: false, embeddedContext: true },
    mcpCapabilities: { http: true, sse: false },
    sessionCapabilities: { list: {}, resume: {}, close: {}, additionalDirectories: {} },
  },
  authMethods: [],
};

const requireFolder = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new RpcError(rpcCodes.invalidParams, `there is no folder ${path}`);
};

const autonomyIn = async (
  home: string,
  { cwd, overrides }: RunOptions,
): Promise<ReturnType<typeof autonomySettings>> => {
  const loaded = await loadConfig({ home, root: repositoryRoot(cwd), overrides, env: process.env });
  if (!loaded.ok) throw new RpcError(rpcCodes.invalidParams, loaded.message);
  return autonomySettings(loaded.config, { root: realFolder(cwd) });
};

/** Threads and settings know a folder by where it really is; an editor may come to it by a link. */
const realFolder = (path: string): string => {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
};

const list = (home: string, params: unknown): ListSessionsResponse => {
  const { cwd, cursor } = parseParams(schemas.listParams, params);
  const from = Number(cursor ?? 0);
  if (!Number.isSafeInteger(from) || from < 0) throw new RpcError(rpcCodes.invalidParams, "cursor: not one of ours");
  const found = listThreads(home, {
    limit: from + pageSize + 1,
    ...(typeof cwd === "string" ? { cwd: realFolder(cwd) } : {}),
  });
  const sessions = found
    .slice(from, from + pageSize)
    .filter(({ state }) => state !== "empty")
    .map(({ id, cwd: folder, title, updatedAt }) => ({ sessionId: id, cwd: folder, title, updatedAt }));
  return found.length > from + pageSize ? { sessions, nextCursor: String(from + pageSize) } : { sessions };
};

/** The connection to one editor, with its sessions. */
type Door = {
  readonly home: string;
  readonly options: AcpOptions;
  readonly sessions: Map<string, LiveSession>;
  readonly peer: RpcPeer;
  readonly servers: ServerPool;
  /** Null before it said what it can do. */
  editor: Editor | null;
};

const initialize = (door: Door, params: unknown): InitializeResponse => {
  const { clientCapabilities } = parseParams(schemas.initializeParams, params);
  const readsFiles = clientCapabilities?.fs?.readTextFile === true;
  door.editor = { readsFiles, notices: (clientCapabilities?.session?.notices ?? null) !== null };
  return capabilities;
};

/** How its threads run, and what the user should know of it. */
const runOptions = (door: Door, given: schemas.NewSessionParams): { options: RunOptions; notes: string[] } => {
  const { cwd, additionalDirectories = [], mcpServers = [] } = given;
  for (const folder of [cwd, ...additionalDirectories]) requireFolder(folder);
  const { servers, notes } = editorServers(mcpServers);
  const limits = { maxCost: undefined, maxTokens: undefined };
  return { options: { ...door.options, cwd, addDirs: additionalDirectories, servers, ...limits }, notes };
};

const placeOf = (door: Door, thread: { id: string; path: string }, options: RunOptions): Place => {
  const own = (options.servers ?? []).length === 0 ? null : createServerPool();
  const { open } = own ?? door.servers;
  return { ...thread, home: door.home, options, openServers: open, closeServers: async () => own?.close() };
};

const begin = (door: Door, place: Place, notes: readonly string[]): void => {
  if (door.editor === null) throw new RpcError(rpcCodes.invalidRequest, "initialize comes first");
  const live = createLiveSession(place, door.editor, door.peer);
  door.sessions.set(place.id, live);
  const availableCommands = [...slashCommands, ...skillCommands(place.home, place.options.cwd)];
  // The editor knows the session only once it has the answer.
  setImmediate(() => {
    const update = { sessionUpdate: "available_commands_update", availableCommands };
    door.peer.notify("session/update", { sessionId: place.id, update });
    for (const note of notes) live.note(note);
  });
};

const start = async (door: Door, params: unknown): Promise<NewSessionResponse> => {
  const given = parseParams(schemas.newSessionParams, params);
  const { options, notes } = runOptions(door, given);
  const { level } = await autonomyIn(door.home, options);
  if (door.editor === null) throw new RpcError(rpcCodes.invalidRequest, "initialize comes first");
  const { id, path } = newThread(door.home);
  begin(door, placeOf(door, { id, path }, options), notes);
  return { sessionId: id, modes: modesAt(level) };
};

const tellPast = (door: Door, sessionId: string, root: string, events: readonly LoggedEvent[]): void => {
  const send = (update: unknown): void => door.peer.notify("session/update", { sessionId, update });
  const updates = createUpdates({ root, replay: true, notices: false, send });
  for (const event of liveEvents(events)) updates.onEvent(event);
  updates.settle();
};

const open = async (door: Door, params: unknown, replay: boolean): Promise<{ modes: SessionModeState }> => {
  const given = parseParams(schemas.loadSessionParams, params);
  const { options, notes } = runOptions(door, given);
  const read = readThread(door.home, given.sessionId);
  if (!read.ok) throw new RpcError(rpcCodes.notFound, read.message);
  const { id, path, events } = read;
  if (id !== given.sessionId) throw new RpcError(rpcCodes.notFound, `there is no session ${given.sessionId}`);
  if (door.sessions.get(id)?.session.busy() === true)
    throw new RpcError(rpcCodes.invalidRequest, "a turn of this session is running");
  const { level } = settingsInEffect(await autonomyIn(door.home, options), { path, events });
  if (replay) tellPast(door, id, given.cwd, events);
  await door.sessions.get(id)?.close();
  begin(door, placeOf(door, { id, path }, options), notes);
  return { modes: modesAt(level) };
};

const liveOf = (door: Door, id: string): LiveSession => {
  const live = door.sessions.get(id);
  if (live === undefined) throw new RpcError(rpcCodes.notFound, `there is no session ${JSON.stringify(id)} here`);
  return live;
};

const prompt = (door: Door, params: unknown): Promise<PromptResponse> => {
  const { sessionId, prompt: blocks } = parseParams(schemas.promptParams, params);
  return liveOf(door, sessionId).prompt(blocks);
};

const setMode = (door: Door, params: unknown): object => {
  const { sessionId, modeId } = parseParams(schemas.modeParams, params);
  liveOf(door, sessionId).session.setAutonomy(modeId);
  return {};
};

const end = async (door: Door, id: string): Promise<void> => {
  await door.sessions.get(id)?.close();
  door.sessions.delete(id);
  removeUnused(door.home, id);
};

const closeSession = async (door: Door, params: unknown): Promise<object> => {
  const { sessionId } = parseParams(schemas.sessionParams, params);
  liveOf(door, sessionId);
  await end(door, sessionId);
  return {};
};

const methods: Readonly<Record<string, (door: Door, params: unknown) => unknown>> = {
  initialize,
  "session/new": start,
  "session/load": (door, params) => open(door, params, true),
  "session/resume": (door, params) => open(door, params, false),
  "session/list": (door, params) => list(door.home, params),
  "session/prompt": prompt,
  "session/set_mode": setMode,
  "session/close": closeSession,
};

/** Serves one editor. `send` gets the lines for it. */
export const serveAcp = (home: string, options: AcpOptions, send: (line: string) => void): Served => {
  const peer: RpcPeer = createRpcPeer(send, {
    async request(method, params) {
      const serve = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (serve === undefined) throw new RpcError(rpcCodes.methodNotFound, `there is no method ${method}`);
      try {
        return await serve(door, params);
      } catch (error) {
        throw rpcErrorOf(error);
      }
    },
    notification(method, params) {
      if (method !== "session/cancel") return;
      const parsed = schemas.sessionParams.safeParse(params);
      if (parsed.success) door.sessions.get(parsed.data.sessionId)?.cancel();
    },
  });
  const door: Door = { home, options, sessions: new Map(), peer, servers: createServerPool(), editor: null };
  return {
    receive: peer.receive,
    async close() {
      await Promise.all([...door.sessions.keys()].map((id) => end(door, id)));
      await door.servers.close();
      await peer.close("the connection is closed");
    },
  };
};
