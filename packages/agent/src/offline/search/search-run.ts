import type { ResolvedTest } from "./command/resolve.ts";
import type { PrivateCopy } from "./private-copy.ts";
import type { SearchState } from "./state.ts";

/** How the search talks and stops; `program` is how this program is started again as a worker. */
export type SearchHost = {
  readonly program: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** What all parts of one search share. */
export type SearchRun = {
  readonly state: SearchState;
  readonly host: SearchHost;
  readonly test: ResolvedTest;
  /** Real path of the private copy: all that is run and read lies in there. */
  readonly root: string;
  readonly copy: PrivateCopy;
  /** Real path of the project itself, of which nothing is run. */
  readonly project: string;
};
