import { mkdirSync } from "node:fs";
import type { TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  type ElicitRequestFormParams,
  ElicitRequestSchema,
  type ElicitResult,
} from "@modelcontextprotocol/sdk/types.js";
import { fettleProgram } from "./fettle.ts";
import type { Scene } from "./scripted-run.ts";

/** What a call of fettle's tools gives. */
export type Report = {
  readonly thread_id: string;
  readonly status: string;
  readonly answer: string;
  readonly evidence: readonly { readonly command: string; readonly standing: string }[];
  readonly changed_files: readonly { readonly path: string; readonly kind: string }[];
  readonly error?: string;
};

export type Served = {
  readonly client: Client;
  /** Calls a tool; the text of a failure where there is no report. */
  call(
    tool: string,
    args: Record<string, unknown>,
    options?: { signal?: AbortSignal; onprogress?: (message: string) => void },
  ): Promise<{ report: Report | null; text: string; failed: boolean }>;
};

/** `fettle mcp serve` in the scene's repository, reached by the SDK's own client. `elicit`: a client that can ask. */
export const serve = async (
  t: TestContext,
  scene: Scene,
  options: { args?: readonly string[]; elicit?: (asked: ElicitRequestFormParams) => ElicitResult } = {},
): Promise<Served> => {
  mkdirSync(scene.home, { recursive: true });
  const { elicit } = options;
  const client = new Client(
    { name: "test", version: "1" },
    { capabilities: elicit === undefined ? {} : { elicitation: { form: {} } } },
  );
  if (elicit !== undefined)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params as ElicitRequestFormParams));
  const model = ["-m", "gpt-5", "-c", `openai_base_url=${scene.server.baseUrl}`];
  const transport = new StdioClientTransport({
    command: fettleProgram,
    args: ["mcp", "serve", ...model, ...(options.args ?? [])],
    cwd: scene.repository,
    env: { PATH: process.env.PATH ?? "", HOME: scene.home, FETTLE_HOME: scene.home, OPENAI_API_KEY: "dummy" },
    stderr: "ignore",
  });
  await client.connect(transport);
  t.after(() => client.close());
  return {
    client,
    async call(tool, args, more = {}) {
      const { onprogress, signal } = more;
      const result = await client.callTool({ name: tool, arguments: args }, undefined, {
        ...(signal === undefined ? {} : { signal }),
        ...(onprogress === undefined ? {} : { onprogress: ({ message }) => onprogress(message ?? "") }),
      });
      const [first] = result.content as { text?: string }[];
      return {
        report: (result.structuredContent as Report | undefined) ?? null,
        text: first?.text ?? "",
        failed: result.isError === true,
      };
    },
  };
};
