/* The contract between the tools of the model and a connected MCP server. Nothing here knows the SDK. */

/** How rules, hooks and questions call the reading of a resource. */
export const readsResource = "resources/read";

export type McpTool = {
  readonly name: string;
  /** The server's own words. */
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
};

export type McpResource = { readonly uri: string; readonly name: string; readonly description: string };

/** What a server answered, piece by piece. */
export type McpPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly bytes: Buffer };

export type McpOutcome =
  /** `failed`: the tool itself says that it failed. */
  | { readonly ok: true; readonly parts: readonly McpPart[]; readonly failed: boolean }
  /** There is no answer: a time-out, a broken connection, a wrong answer. One line. */
  | { readonly ok: false; readonly message: string };

/** What a server asks for while it works: the fields of its form, as JSON Schemas of single values. */
export type Elicitation = {
  readonly message: string;
  readonly fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required: readonly string[];
};

/** Null: nobody wants to answer. */
export type ElicitationAnswer = Readonly<Record<string, string | number | boolean | string[]>> | null;

/** What a call needs of whoever makes it. */
export type McpCall = {
  readonly signal: AbortSignal;
  onProgress(text: string): void;
  elicit(asked: Elicitation): Promise<ElicitationAnswer>;
};

export type McpConnection = {
  /** Those that the configuration lets be seen. */
  tools(): Promise<readonly McpTool[]>;
  resources(): Promise<readonly McpResource[]>;
  callTool(tool: string, args: Readonly<Record<string, unknown>>, call: McpCall): Promise<McpOutcome>;
  readResource(uri: string, call: McpCall): Promise<McpOutcome>;
  /** Why it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
};

export type McpConnect =
  | { readonly ok: true; readonly connection: McpConnection }
  /** One line: what failed, and the remedy where there is one. */
  | { readonly ok: false; readonly message: string };
