/* What a run of the bench leaves: bench/results.json. All times in milliseconds, all memory in bytes. */

/** One headless run of one program through one scenario. Undefined where the scenario has no such thing. */
export type RunResult = {
  peer: string;
  scenario: string;
  repetition: number;
  /** It ended well, printed the last words, and every command's result was what the command prints. */
  ok: boolean;
  exit: number | string;
  wallMs: number;
  cpuMs: number;
  peakMemory: number;
  /** From the start of the process to the head of the first main request. */
  firstRequestMs: number | undefined;
  /** Times between the end of an answer and the next whole request: all of them; their first and last tenth. */
  turn50Ms: number | undefined;
  turn95Ms: number | undefined;
  earlyTurnMs: number | undefined;
  lateTurnMs: number | undefined;
  requests: number;
  sideRequests: number;
  /** Main requests that extend the one before byte for byte, of those that could. */
  extensions: number;
  extensible: number;
  firstTokens: number | undefined;
  resultCharacters: number;
  /** From the failure to the next request, less what the server asked to wait. */
  retryMs: number | undefined;
  leftOver: number;
  /** The end of the output of a run that was not ok. */
  tail?: string;
};

/** One start of a program that only prints something: `--version`, `--help`. */
export type StartResult = { peer: string; flag: string; repetition: number; wallMs: number; exit: number | string };

/** One measurement of one of our own mechanisms. */
export type OwnResult = { name: string; repetition: number; ms: number };

export type Results = {
  date: string;
  node: string;
  cpu: string;
  cores: number;
  load: number[];
  repetitions: number;
  /** Programs and what their `--version` printed. */
  versions: Record<string, string>;
  /** Programs that were asked for and are not there. */
  missing: string[];
  runs: RunResult[];
  starts: StartResult[];
  own: OwnResult[];
};
