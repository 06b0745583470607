import { isCut } from "../command-outcome.ts";
import type { Surroundings } from "../look-around.ts";
import type { Procedure } from "../replay.ts";
import { quick, runCommands } from "../run-command.ts";
import { definitionPattern, rankDefinitions } from "./definitions.ts";
import { grepCommand, type Hit, isDerived, readHits } from "./grep.ts";

const useLimit = 200;

/** `Foo.bar()` is looked up as `bar`. */
const nameOf = (subject: string): string => {
  const plain = subject.replace(/\(.*$/, "").replace(/[:#]+/g, ".");
  return (
    plain
      .split(".")
      .filter((part) => part !== "")
      .at(-1) ?? subject
  );
};

const same = (a: Hit, b: Hit): boolean => a.path === b.path && a.line === b.line;

type Found = {
  readonly name: string;
  readonly definitions: readonly Hit[];
  readonly uses: readonly Hit[];
  /** There are more uses than these. */
  readonly more: boolean;
};

/** Looks for a name's definitions and uses, without regard to case when it is nowhere as written. */
export function* findName(around: Surroundings, subject: string): Procedure<Found> {
  const name = nameOf(subject);
  const { isGit } = around;
  const search = (ignoreCase: boolean) => [
    quick(grepCommand(isGit, { pattern: definitionPattern(name), ignoreCase })),
    quick(grepCommand(isGit, { pattern: name, literal: true, word: true, ignoreCase, limit: useLimit })),
  ];
  let [defining, using] = yield* runCommands(`Searching for ${name}.`, search(false));
  let uses = using === undefined ? [] : readHits(using);
  let written = name;
  if (uses.length === 0) {
    [defining, using] = yield* runCommands(
      `Nothing has exactly that name; searching without regard to case.`,
      search(true),
    );
    uses = using === undefined ? [] : readHits(using);
    const [first] = uses;
    const at = first?.text.toLowerCase().indexOf(name.toLowerCase()) ?? -1;
    if (first !== undefined && at >= 0) written = first.text.slice(at, at + name.length);
  }
  const candidates = [...(defining === undefined ? [] : readHits(defining)), ...uses];
  const unique = candidates.filter((hit, index) => candidates.findIndex((other) => same(hit, other)) === index);
  const definitions = rankDefinitions(written, unique);
  const rest = uses.filter((hit) => !definitions.some((definition) => same(hit, definition)) && !isDerived(hit.path));
  const more = using !== undefined && (isCut(using) || uses.length >= useLimit);
  return { name: written, definitions, uses: rest, more };
}
