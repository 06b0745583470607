import type { LoggedEvent, ThreadEvent, ThreadItem } from "@fettle/protocol";

/*
 * The schema of logged events once more, by hand. A thread of 100,000 events must be checked in a few tens of
 * milliseconds, and starting a thread must not load the schema library at all. The tests hold every kind, field and
 * wrong value against the schema itself, so the two cannot drift apart unseen.
 */

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const noString = (value: unknown): boolean => value === undefined || typeof value === "string";
const noNumber = (value: unknown): boolean => value === undefined || isNumber(value);
const noBoolean = (value: unknown): boolean => value === undefined || isBoolean(value);
const isListOf = (value: unknown, element: (value: unknown) => boolean): boolean => {
  if (!Array.isArray(value)) return false;
  // Not `every`, which passes over holes; they would be written as null.
  for (const part of value) if (!element(part)) return false;
  return true;
};
const noListOf = (value: unknown, element: (value: unknown) => boolean): boolean =>
  value === undefined || isListOf(value, element);

const treePattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const isTree = (value: unknown): boolean => isString(value) && treePattern.test(value);
const noTree = (value: unknown): boolean => value === undefined || isTree(value);

const isStatus = (value: unknown): boolean => value === "in_progress" || value === "completed" || value === "failed";

const isContent = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  if (value.type === "text") return isString(value.text);
  return value.type === "image" && isString(value.url);
};

const seals = new Set<unknown>([undefined, "signed", "opaque"]);
const isOutput = (value: unknown): boolean => {
  if (!isObject(value) || !noString(value.id)) return false;
  switch (value.type) {
    case "text":
      return isString(value.text) && noString(value.signature);
    case "reasoning":
      return isString(value.text) && noString(value.encrypted) && seals.has(value.seal);
    case "call":
      return (
        isString(value.call_id) &&
        isString(value.name) &&
        isString(value.arguments) &&
        noBoolean(value.freeform) &&
        noString(value.signature)
      );
    default:
      return false;
  }
};

const isUsage = (value: unknown): boolean =>
  isObject(value) &&
  isNumber(value.input_tokens) &&
  isNumber(value.cached_input_tokens) &&
  isNumber(value.cache_write_input_tokens) &&
  isNumber(value.output_tokens) &&
  isNumber(value.reasoning_output_tokens);
const noUsage = (value: unknown): boolean => value === undefined || isUsage(value);

const standings = new Set<unknown>(["passed", "failed", "stale", "unproven"]);
const isEvidence = (value: unknown): boolean =>
  isObject(value) &&
  isString(value.command) &&
  standings.has(value.standing) &&
  noNumber(value.exit_code) &&
  noTree(value.tree) &&
  isString(value.item_id);

const failureCodes = new Set<unknown>([
  undefined,
  "interrupted",
  "budget",
  "authentication",
  "model_not_found",
  "unreachable",
  "rate_limited",
  "overloaded",
  "context_overflow",
  "refused",
  "bad_request",
  "bad_response",
  "timeout",
  "internal",
]);
const isFailure = (value: unknown): boolean =>
  isObject(value) && isString(value.message) && failureCodes.has(value.code);

const isCommand = (item: Fields): boolean =>
  isString(item.command) &&
  isString(item.aggregated_output) &&
  noNumber(item.exit_code) &&
  isStatus(item.status) &&
  noString(item.cwd) &&
  noNumber(item.duration_ms) &&
  noNumber(item.output_bytes) &&
  noString(item.output_path) &&
  noString(item.signal) &&
  (item.read_only === undefined || typeof item.read_only === "boolean") &&
  (item.sandbox === undefined ||
    item.sandbox === "read-only" ||
    item.sandbox === "workspace-write" ||
    item.sandbox === "danger-full-access") &&
  noNumber(item.session) &&
  (item.origin === undefined || item.origin === "check") &&
  noString(item.error);

const isFileChange = (value: unknown): boolean =>
  isObject(value) &&
  isString(value.path) &&
  (value.kind === "add" || value.kind === "delete" || value.kind === "update") &&
  noString(value.move_path);

const isTodo = (value: unknown): boolean =>
  isObject(value) && isString(value.text) && isBoolean(value.completed) && noBoolean(value.in_progress);

/** As the schema library has it: a record is an object that no class made. */
const isRecord = (value: unknown): boolean => isObject(value) && isPlain(value);
const isPlain = (value: object): boolean => {
  const made: unknown = value.constructor;
  if (made === undefined) return true;
  const prototype: unknown = typeof made === "function" ? made.prototype : null;
  return isObject(prototype) && Object.hasOwn(prototype, "isPrototypeOf");
};

const isTextPart = (value: unknown): boolean => isObject(value) && value.type === "text" && isString(value.text);
const isToolResult = (value: unknown): boolean =>
  isObject(value) && isListOf(value.content, isTextPart) && value.structured_content === null;

const isMcpCall = (item: Fields): boolean =>
  isString(item.server) &&
  isString(item.tool) &&
  isRecord(item.arguments) &&
  (item.result === undefined || isToolResult(item.result)) &&
  (item.error === undefined || (isObject(item.error) && isString(item.error.message))) &&
  isStatus(item.status) &&
  noString(item.resource) &&
  noString(item.progress) &&
  noNumber(item.duration_ms) &&
  noNumber(item.output_bytes) &&
  noString(item.output_path);

const isWebFetch = (item: Fields): boolean =>
  isString(item.address) &&
  isStatus(item.status) &&
  noString(item.final_address) &&
  noString(item.title) &&
  noString(item.text) &&
  noNumber(item.offset) &&
  noNumber(item.characters) &&
  noString(item.output_path) &&
  noNumber(item.duration_ms) &&
  noString(item.error);

const isBrowser = (item: Fields): boolean =>
  isString(item.action) &&
  noString(item.target) &&
  isStatus(item.status) &&
  noString(item.address) &&
  noString(item.title) &&
  noString(item.text) &&
  noString(item.output_path) &&
  noString(item.screenshot) &&
  noTree(item.tree) &&
  noNumber(item.duration_ms) &&
  noString(item.error);

const choices = new Set<unknown>(["once", "thread", "always", "no"]);
const answerers = new Set<unknown>(["person", "program", "reviewer", "nobody"]);

const isSubject = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  switch (value.kind) {
    case "command":
      return isString(value.command) && isString(value.cwd) && (value.run === "sandbox" || value.run === "host");
    case "patch":
      return isListOf(value.paths, isString) && noString(value.diff);
    case "network":
      return isString(value.host) && isNumber(value.port) && isString(value.protocol);
    case "tool":
      return isString(value.server) && isString(value.tool) && isString(value.arguments);
    case "elicitation":
      return isString(value.server) && isString(value.asks) && isListOf(value.fields, isString);
    default:
      return false;
  }
};

const isAnswer = (value: unknown): boolean =>
  isObject(value) && choices.has(value.choice) && answerers.has(value.by) && noString(value.message);

const isApproval = (item: Fields): boolean =>
  (item.status === "in_progress" || item.status === "completed") &&
  isSubject(item.subject) &&
  isString(item.why) &&
  noString(item.reason) &&
  isListOf(item.choices, (choice) => choices.has(choice)) &&
  noString(item.proposal) &&
  (item.answer === undefined || isAnswer(item.answer)) &&
  noString(item.agent);

const hookDecisions = new Set<unknown>([undefined, "allow", "ask", "deny"]);

const isHook = (item: Fields): boolean =>
  isString(item.event) &&
  isString(item.command) &&
  (item.source === "user" || item.source === "project") &&
  (item.status === "completed" || item.status === "failed") &&
  isNumber(item.duration_ms) &&
  noString(item.tool) &&
  hookDecisions.has(item.decision) &&
  noString(item.reason) &&
  noString(item.context) &&
  noString(item.error);

const isAgent = (item: Fields): boolean =>
  isString(item.name) &&
  isString(item.role) &&
  isString(item.task) &&
  isString(item.thread_id) &&
  isString(item.model) &&
  isBoolean(item.writes) &&
  isStatus(item.status) &&
  noString(item.message) &&
  noListOf(item.conflicts, isString) &&
  noString(item.error);

const protocols = new Set<unknown>(["http", "connect", "socks"]);
const levels = new Set<unknown>(["suggest", "edit", "run", "trusted", "full"]);

const itemChecks: { readonly [K in ThreadItem["type"]]: (item: Fields) => boolean } = {
  user_message: (item) =>
    isString(item.text) &&
    noListOf(item.images, isString) &&
    (item.source === "user" || item.source === "steer" || item.source === "harness") &&
    noString(item.message_id),
  agent_message: (item) => isString(item.text),
  reasoning: (item) => isString(item.text),
  command_execution: isCommand,
  file_change: (item) =>
    isListOf(item.changes, isFileChange) &&
    (item.status === "completed" || item.status === "failed") &&
    noString(item.cwd) &&
    noString(item.diff) &&
    noString(item.error),
  todo_list: (item) => isListOf(item.items, isTodo),
  tool_call: (item) => isString(item.tool) && isString(item.arguments) && isStatus(item.status) && noString(item.error),
  mcp_tool_call: isMcpCall,
  web_fetch: isWebFetch,
  browser: isBrowser,
  approval: isApproval,
  hook: isHook,
  agent: isAgent,
  error: (item) => isString(item.message),
};

const isItem = (value: unknown): boolean => {
  if (!isObject(value) || !isString(value.id) || !isString(value.type)) return false;
  return Object.hasOwn(itemChecks, value.type) && itemChecks[value.type as ThreadItem["type"]](value);
};
const isToldFile = (value: unknown): boolean =>
  isObject(value) &&
  (value.kind === "instructions" || value.kind === "skill") &&
  isString(value.path) &&
  isString(value.sha256) &&
  isNumber(value.bytes) &&
  isNumber(value.used_bytes);
const hasItem = (event: Fields): boolean => isItem(event.item);

const goalStandings = new Set<unknown>(["open", "verified", "failed", "claimed", "waiting"]);
const goalStatuses = new Set<unknown>(["working", "done", "questions", "stalled", "limit"]);
const isGoalStep = (value: unknown): boolean =>
  isObject(value) && isString(value.text) && goalStandings.has(value.standing);

const noSealed = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) && isString(value.provider) && isString(value.model) && isListOf(value.encrypted, isString));
const usagePurposes = new Set<unknown>(["checkpoint", "review", "empty", "agent"]);

const eventChecks: { readonly [K in ThreadEvent["type"]]: (event: Fields) => boolean } = {
  "thread.started": (event) =>
    isString(event.thread_id) &&
    noString(event.cwd) &&
    noString(event.model) &&
    noString(event.version) &&
    noString(event.instructions) &&
    noString(event.title) &&
    noString(event.parent) &&
    noString(event.role),
  "thread.forked": (event) => isString(event.thread_id) && isString(event.from) && isNumber(event.turn),
  "thread.renamed": (event) => isString(event.title),
  "turn.started": (event) => noNumber(event.turn) && noString(event.model) && noString(event.effort),
  "turn.completed": (event) => isUsage(event.usage) && noTree(event.tree) && noListOf(event.evidence, isEvidence),
  "turn.failed": (event) => isFailure(event.error) && noUsage(event.usage) && noTree(event.tree),
  "item.started": hasItem,
  "item.updated": hasItem,
  "item.completed": hasItem,
  "item.delta": (event) =>
    isString(event.item_id) && isString(event.delta) && (event.kind === undefined || event.kind === "reasoning"),
  "network.decided": (event) =>
    isString(event.host) &&
    isNumber(event.port) &&
    protocols.has(event.protocol) &&
    (event.method === null || isString(event.method)) &&
    isBoolean(event.allowed) &&
    isString(event.why),
  "autonomy.changed": (event) => levels.has(event.level),
  error: (event) => isString(event.message),
  "input.added": (event) =>
    (event.role === "user" || event.role === "developer") &&
    isListOf(event.content, isContent) &&
    noString(event.item_id) &&
    noListOf(event.told, isToldFile),
  "model.completed": (event) =>
    isString(event.model) && noString(event.response_id) && isListOf(event.output, isOutput) && isUsage(event.usage),
  "tool.completed": (event) =>
    isString(event.call_id) && isString(event.name) && noBoolean(event.freeform) && isListOf(event.content, isContent),
  snapshot: (event) => isTree(event.tree) && noString(event.after_item),
  "thread.rewound": (event) =>
    isNumber(event.to_seq) && isNumber(event.turn) && noTree(event.from_tree) && noTree(event.to_tree),
  "files.restored": (event) => isNumber(event.turn) && isTree(event.from_tree) && isTree(event.to_tree),
  "thread.compacted": (event) =>
    (event.reason === "window" || event.reason === "overflow" || event.reason === "command") &&
    isNumber(event.kept_from) &&
    isString(event.checkpoint) &&
    noSealed(event.sealed) &&
    isNumber(event.tokens_before) &&
    isNumber(event.tokens_after),
  "usage.added": (event) =>
    usagePurposes.has(event.purpose) && isString(event.model) && isUsage(event.usage) && noString(event.thread_id),
  "goal.updated": (event) =>
    isString(event.plan) &&
    goalStatuses.has(event.status) &&
    isNumber(event.turns) &&
    isNumber(event.elapsed_ms) &&
    isNumber(event.stalled) &&
    noNumber(event.max_turns) &&
    noNumber(event.max_ms) &&
    isListOf(event.steps, isGoalStep),
};

/** Accepts exactly what the schema `loggedEvent` of the protocol accepts. */
export const isLoggedEvent = (value: unknown): value is LoggedEvent =>
  isObject(value) &&
  isString(value.type) &&
  Object.hasOwn(eventChecks, value.type) &&
  eventChecks[value.type as ThreadEvent["type"]](value) &&
  Number.isSafeInteger(value.seq) &&
  (value.seq as number) >= 0 &&
  isString(value.at);
