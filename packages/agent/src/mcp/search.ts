import type { McpResource, McpTool } from "./types.ts";

/* What a model is told of servers and their tools. Pure. The servers' own words are cut, and marked as theirs by quotes. */

export type ServerListing = {
  readonly server: string;
  readonly tools: readonly McpTool[];
  readonly resources: readonly McpResource[];
  /** Why it could not be asked. */
  readonly problem: string | null;
};

const mostSchemas = 5;
const mostLines = 60;
const lineCharacters = 160;
const descriptionCharacters = 1500;
const schemaCharacters = 4000;

type Found = { readonly server: string; readonly tool: McpTool; readonly score: number };

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** How well a tool fits: a word in its name counts most. Zero when none is found. */
const scoreOf = (server: string, tool: McpTool, words: readonly string[]): number => {
  const name = `${server} ${tool.name}`.toLowerCase();
  const description = tool.description.toLowerCase();
  return words.reduce((sum, word) => sum + (name.includes(word) ? 3 : 0) + (description.includes(word) ? 1 : 0), 0);
};

const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);
const quoted = (text: string, most: number): string =>
  JSON.stringify(shortened(text.replace(/\s+/g, " ").trim(), most));

/** A name as it stands; one that could be taken for more than a name is quoted and cut. */
const named = (name: string): string => (/^[\w./:@-]{1,100}$/.test(name) ? name : quoted(name, lineCharacters));

const lineOf = ({ server, tool }: Found): string =>
  `${server} ${named(tool.name)}${tool.description === "" ? "" : `: ${quoted(tool.description, lineCharacters)}`}`;

const detailOf = ({ server, tool }: Found): string => {
  const schema = JSON.stringify(tool.inputSchema);
  const shown = schema.length > schemaCharacters ? `${schema.slice(0, schemaCharacters)}… (cut)` : schema;
  return `server ${JSON.stringify(server)}, tool ${JSON.stringify(tool.name)}\n  description: ${quoted(tool.description, descriptionCharacters)}\n  arguments: ${shown}`;
};

const listed = (title: string, lines: readonly string[]): string[] => {
  if (lines.length === 0) return [];
  const more = lines.length - mostLines;
  return [[title, ...lines.slice(0, mostLines), ...(more > 0 ? [`… and ${more} more`] : [])].join("\n")];
};

/** The tools that fit the words best with their schemas, the others in a line each. Without words all are in a line. */
export const searchListings = (listings: readonly ServerListing[], query: string): string => {
  const words = wordsOf(query);
  const all = listings.flatMap(({ server, tools }) =>
    tools.map((tool): Found => ({ server, tool, score: scoreOf(server, tool, words) })),
  );
  const fitting = all.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  // A few tools need no search.
  const best = all.length <= mostSchemas ? all : fitting.slice(0, mostSchemas);
  const others = (words.length === 0 ? all : fitting).filter((found) => !best.includes(found));
  const resources = listings.flatMap(({ server, resources: own }) =>
    own
      .filter(
        ({ uri, name }) => words.length === 0 || words.some((word) => `${uri} ${name}`.toLowerCase().includes(word)),
      )
      .map(
        ({ uri, name, description }) => `${server} ${named(uri)}: ${quoted(`${name} ${description}`, lineCharacters)}`,
      ),
  );
  const problems = listings.flatMap(({ server, problem }) => (problem === null ? [] : [`${server}: ${problem}`]));
  const sections = [
    ...listed("These servers could not be asked:", problems),
    ...listed("Best matches:", best.map(detailOf)),
    ...listed(best.length === 0 ? "Tools:" : "Also:", others.map(lineOf)),
    ...listed("Resources:", resources),
  ];
  if (best.length + others.length + resources.length > 0) return sections.join("\n\n");
  const none =
    all.length === 0 ? "There are no tools." : `None of ${all.length} tools fits; leave query out to list them.`;
  return [...sections, none].join("\n\n");
};
