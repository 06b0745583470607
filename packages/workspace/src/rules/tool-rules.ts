import * as z from "zod/mini";
import type { Layer, ToolRule, ToolVerdict } from "./types.ts";

/* Rules about the tools of MCP servers, which run outside of the sandbox: `[[tool]]` tables of a rules file. */

const word = z.string().check(z.minLength(1), z.maxLength(1000));
const toolSchema = z.strictObject({
  server: word,
  tool: z.optional(z.union([word, z.array(word).check(z.minLength(1))])),
  decision: z.enum(["allow", "ask", "never"]),
  reason: z.optional(z.string()),
});

const remedies: Readonly<Record<string, string>> = {
  server: "must be the name of a server in [mcp_servers]",
  tool: "must be a tool's name, or a list of names; leave it out for all of the server's",
  decision: 'must be "allow", "ask" or "never"',
  reason: "must be a text",
};

/** Reads one `[[tool]]` table; a sentence says what is wrong with it. */
export const readToolRule = (value: unknown, source: string, layer: Layer): ToolRule | string => {
  const parsed = toolSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue?.code === "unrecognized_keys")
      return `unknown key ${JSON.stringify(issue.keys[0])}; known are server, tool, decision, reason`;
    const key = String(issue?.path[0] ?? "");
    return key === "" ? "a tool must be a table" : `${key} ${remedies[key] ?? "is wrong"}`;
  }
  const { server, tool, decision, reason } = parsed.data;
  const tools = tool === undefined ? null : typeof tool === "string" ? [tool] : tool;
  return { layer, source, decision, reason: reason?.trim().replace(/\s+/g, " ") ?? null, server, tools };
};

const layers: readonly Layer[] = ["built-in", "project", "user", "thread"];
const strictness = { allow: 0, ask: 1, never: 2 } as const;

/**
 * What rules say of a tool: a `never` of any layer stays, otherwise the last layer that speaks decides, by its strictest
 * rule. Pure.
 */
export const judgeTool = (rules: readonly ToolRule[], asked: { server: string; tool: string }): ToolVerdict => {
  const matching = rules.filter(
    ({ server, tools }) => server === asked.server && (tools === null || tools.includes(asked.tool)),
  );
  const never = matching.find(({ decision }) => decision === "never");
  const last = layers.findLast((layer) => matching.some((rule) => rule.layer === layer));
  const rule =
    never ??
    matching.filter(({ layer }) => layer === last).sort((a, b) => strictness[b.decision] - strictness[a.decision])[0] ??
    null;
  if (rule === null) return { decision: "unmatched", why: "no rule speaks of it", rule };
  return { decision: rule.decision, why: rule.reason ?? `a rule says ${rule.decision}`, rule };
};

/** The rule that allows one tool of a server, as the text of a rules file. */
export const toolRuleText = ({ server, tool }: { server: string; tool: string }): string =>
  `[[tool]]\nserver = ${JSON.stringify(server)}\ntool = ${JSON.stringify(tool)}\ndecision = "allow"\n`;
