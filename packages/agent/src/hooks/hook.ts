import type { HookItem } from "@fettle/protocol";
import { type HookEvent, type HooksConfig, hookEvents } from "../config/hook-schema.ts";
import { readsResource } from "../mcp/types.ts";

/** One command and when it is run. */
export type Hook = {
  readonly event: HookEvent;
  /** Null: always. */
  readonly matcher: RegExp | null;
  readonly command: string;
  readonly timeoutMs: number;
  /** Without an answer of it, what it guards is refused. */
  readonly required: boolean;
  readonly source: HookItem["source"];
  /** Where it runs, relative to the workspace's root. */
  readonly folder: string;
};

const defaultTimeoutMs = 60_000;

/**
 * The hooks of a checked configuration, in its order. `toRepository` leads from the workspace's root to the repository's:
 * names in a repository's hooks mean the files that were trusted there, not others of the same name in a folder below.
 */
export const hooksOf = (config: HooksConfig | undefined, toRepository: string): readonly Hook[] =>
  config === undefined
    ? []
    : hookEvents.flatMap((event) =>
        (config[event] ?? []).flatMap(({ matcher = "", hooks, from }) =>
          hooks.map(({ command, timeout, required = false }) => ({
            event,
            matcher: matcher === "" || matcher === "*" ? null : new RegExp(matcher),
            command,
            timeoutMs: timeout === undefined ? defaultTimeoutMs : timeout * 1000,
            required,
            source: from ?? "user",
            folder: from === "project" ? toRepository : "",
          })),
        ),
      );

/** Names that other programs give to the same tools: whoever guards `Bash` there means our shell. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  shell: ["Bash"],
  apply_patch: ["Edit", "Write"],
};

const mcpNames = (input: unknown): readonly string[] => {
  const { server, tool } = typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};
  return typeof server === "string" ? [`mcp__${server}__${typeof tool === "string" ? tool : readsResource}`] : [];
};

/** What matchers are tried on for a tool that is used with `input`. */
export const toolNames = (tool: string, input: unknown): readonly string[] => [
  tool,
  ...(otherNames[tool] ?? []),
  ...(tool === "mcp_call" ? mcpNames(input) : []),
];

/** Whether a hook is for this: `about` are the names of a tool, or what else the event is about. */
export const isFor = ({ matcher }: Hook, about: readonly string[]): boolean =>
  matcher === null || about.some((name) => matcher.test(name));
