import type { ApprovalItem } from "@fettle/protocol";
import type { NetworkDecision, NetworkRequest, Policy } from "@fettle/workspace";
import type { Model } from "../model.ts";
import type { AutonomySettings } from "./autonomy.ts";
import type { HookWish } from "./hook-wish.ts";
import type { Reviewed } from "./proposals.ts";

/** A question as it is put to a person or program: the approval item that waits. */
export type Question = ApprovalItem & {
  /** It is asked again, because `proposal` was answered with another text: what that would allow, or why it cannot be. */
  readonly changed?: Reviewed;
};

/**
 * `proposal`: the rules (or the host) as they were changed before they are written. A changed text is judged first and
 * the question put again, with that text as its proposal; it is written once it is answered with unchanged.
 */
export type Answer = NonNullable<ApprovalItem["answer"]> & { readonly proposal?: string };

/**
 * Whoever answers questions. Is asked one question at a time. The signal ends the question: the answer is not heard any
 * more. A rejection counts as "no".
 */
export type Approver = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** How a thread decides what it may do, and whom it asks. */
export type ApprovalSetup = {
  /** Null: nobody is there to ask. */
  readonly approver: Approver | null;
  readonly autonomy: AutonomySettings;
  /** FETTLE_HOME, where the user's rules and allowed hosts are kept. */
  readonly home: string;
  /** Makes the model that answers questions of low risk at level `trusted`; null when none is configured. */
  readonly reviewer: (() => Promise<Model>) | null;
};

export type CommandRequest = {
  readonly script: string;
  readonly cwd: string;
  /** Why it must run outside of the sandbox, in the model's words; null when it need not. */
  readonly escalate: string | null;
  /** It gets a terminal, into which the model types more. */
  readonly pty: boolean;
  readonly hook?: HookWish;
};

/** Allowed as the policy says, or refused: `error` for people, `result` for the model. */
export type Permit<Allowed = { readonly policy: Policy }> =
  | ({ readonly ok: true } & Allowed)
  | { readonly ok: false; readonly error: string; readonly result: string };

export type CommandPermit = Permit<{
  readonly policy: Policy;
  /** What to run instead of the script as it was given. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}>;

export type PatchRequest = { readonly patch: string; readonly cwd: string; readonly hook?: HookWish };

export type ToolRequest = {
  readonly server: string;
  readonly tool: string;
  /** JSON, shown to whoever is asked. */
  readonly arguments: string;
  readonly hook?: HookWish;
};

/** What an MCP server wants to know while one of its tools works. */
export type ElicitationRequest = { readonly server: string; readonly asks: string; readonly fields: readonly string[] };

/** Judges what the model wants to do, asks where that is needed, and remembers the answers. */
export type Permission = {
  command(request: CommandRequest): Promise<CommandPermit>;
  patch(request: PatchRequest): Promise<Permit>;
  /** A command that the person gave: only what destroys a machine is refused. */
  check(script: string): Promise<Permit>;
  /** A tool of an MCP server. */
  tool(request: ToolRequest): Promise<Permit>;
  /** Somebody's answer to an MCP server, with their words as the message; "no" when nobody is there. */
  elicitation(request: ElicitationRequest): Promise<Answer>;
  /** What a tool that is no command may do on its own right now. Answers about hosts that were for once are over. */
  policy(): Promise<Policy>;
  network(request: NetworkRequest): Promise<boolean>;
  networkDecided(decision: NetworkDecision): void;
  /** The network of allowed hosts cannot be had here: from now on there is none. */
  withoutNetwork(why: string): void;
};
