import type {
  AutonomyLevel,
  CheckEvidence,
  EventOf,
  LoggedEvent,
  ThreadEvent,
  TodoListItem,
  ToldFile,
  Usage,
} from "@fettle/protocol";
import type { NetworkPorts, Policy, Workspace } from "@fettle/workspace";
import type { AgentsSetup } from "./agents/types.ts";
import type { ApprovalSetup } from "./approvals/types.ts";
import type { CheckRun } from "./checks.ts";
import type { Hook } from "./hooks/hook.ts";
import type { NestedPlaces } from "./instruction-files/load.ts";
import type { McpServers } from "./mcp/servers.ts";
import type { Effort, Model, ModelRequest } from "./model.ts";
import type { Redaction } from "./redact/redactor.ts";
import type { Skill } from "./skills/load.ts";
import type { ThreadLog } from "./thread/types.ts";
import type { AskPerson } from "./tools/ask-person.ts";
import type { Tool } from "./tools/tool.ts";
import type { TurnEnd, TurnPorts } from "./turn.ts";

/* What a thread is made of, and what it can do: the contract of agent-thread.ts. */

export type ThreadSetup = {
  readonly log: ThreadLog;
  /** The stored events of a resumed thread, handed over; empty for a new one. */
  readonly events: LoggedEvent[];
  readonly workspace: Workspace;
  readonly policy: Policy;
  readonly approvals: ApprovalSetup;
  readonly model: Model;
  readonly version: string;
  /** The system prompt of a new thread; a resumed one keeps its own. */
  readonly instructions: string;
  /** Environment and instruction files. Told to the model at the start and again when it changed. */
  readonly surroundings: string;
  /** Where instruction files of folders that the work enters lie; without it none are told. */
  readonly nested?: NestedPlaces | null;
  /** What the user's words may name. */
  readonly skills?: readonly Skill[];
  /** What the user chose, or the model's own. */
  readonly effort?: Effort;
  /** Whether the user chose it; else it depends on the kind of request. */
  readonly effortChosen: boolean;
  readonly live: boolean;
  /** The limit that spending has reached, in words; null while there is none. Asked before each model call. */
  readonly overBudget: (models: ReadonlyMap<string, Usage>) => string | null;
  /** Tokens of input from which on the conversation is compacted. Default: four fifths of the model's window. */
  readonly compactAt?: number;
  readonly decideRetry: TurnPorts["decideRetry"];
  /** Takes a question down that the model has about a goal's step; without it the model has no such tool. */
  readonly askPerson?: AskPerson;
  /** What the model gets beside the tools that every thread has, in the order in which it is told of them. */
  readonly tools?: readonly Tool[];
  /** Servers whose tools the model may use after those. Whoever made them ends them. */
  readonly mcp?: McpServers;
  /** The model gets a browser; `program` is its absolute path, null looks for one. */
  readonly browser?: { readonly program: string | null };
  /** Commands of the user's and the project's that run at set moments. */
  readonly hooks?: readonly Hook[];
  /** How helpers are begun; without it the model has none. */
  readonly agents?: AgentsSetup;
  /** The thread that this one helps. */
  readonly parent?: { readonly id: string; readonly role: string };
  /** Values that are taken out of all that is stored, shown and sent; null when there are none. */
  readonly redaction: Redaction | null;
  /** Called with every event right after it is stored (transient ones are not stored). */
  readonly onEvent: (event: ThreadEvent) => void;
};

export type TurnInput = {
  readonly text: string;
  /** Absolute paths of pictures; they must have been read successfully once. */
  readonly images: readonly string[];
  /** Commands that the harness itself runs at the end. */
  readonly checks: readonly string[];
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  /** The message of another process that these words are. */
  readonly messageId?: string;
  /** Puts a checkpoint in the place of the conversation so far first; `alone`: and does nothing else. */
  readonly compact?: boolean | "alone";
  readonly goal?: GoalTurn;
};

/** How the harness takes part in a turn that works on a goal. */
export type GoalTurn = {
  /** `look`: the model is not asked, commands are only run. `first`: these words begin the work. */
  readonly kind: "look" | "first" | "further";
  /** On record as the turn begins. */
  readonly stand: EventOf<"goal.updated">;
  /** The commands to run after the model's last word. */
  commands(): readonly string[];
  /** Milliseconds that a command may take from now. */
  timeLeft(): number;
};

export type TurnResult = {
  readonly end: TurnEnd;
  readonly tree: string | null;
  readonly evidence: readonly CheckEvidence[];
  /** The model's last words; empty when there were none. */
  readonly lastMessage: string;
  readonly checksPassed: boolean;
  /** What the commands of the goal came to. */
  readonly verified: ReadonlyMap<string, CheckRun>;
  /** The model's plan as it was at the end of the turn; null when it showed none. */
  readonly plan: TodoListItem | null;
  /** Whether the turn may have changed files. */
  readonly changedFiles: boolean;
  /** What the turn's model calls took, and those of all turns by model. */
  readonly usage: Usage;
  readonly threadUsage: ReadonlyMap<string, Usage>;
};

export type AgentThread = {
  readonly id: string;
  /** What the next model call would be sent, with `input` as the user's words. Changes nothing. */
  preview(input: TurnInput): ModelRequest;
  /** The files that the model was told of since the beginning, as they were told last. */
  told(): readonly ToldFile[];
  run(input: TurnInput): Promise<TurnResult>;
  /** Words for the running turn: in the log at once, with the model at its next call. */
  steer(text: string): void;
  /** The oldest words that were left for the thread by another process and no turn has taken: the next turn's input. */
  nextMessage(): { readonly text: string; readonly messageId: string } | null;
  interrupt(): void;
  /** Another level from the next decision on, also while a turn runs; it stays with the thread. */
  setAutonomy(level: AutonomyLevel): void;
  /** Puts on record how far a goal is, between turns. */
  record(stand: EventOf<"goal.updated">): void;
  /** What the workspace's network asks and tells. */
  readonly network: NetworkPorts;
  /** Ends its helpers and gives the log back: at once where there are neither helpers nor hooks to wait for. */
  close(): Promise<void>;
};
