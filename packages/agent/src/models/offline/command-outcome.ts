/** What the shell tool's answer says of a command. */
export type CommandOutcome = {
  /** `refused`: it never started. `lost`: fettle was stopped meanwhile, so nothing is known of it. */
  readonly state: "exited" | "killed" | "running" | "refused" | "lost";
  /** The exit code; null unless `exited`. */
  readonly code: number | null;
  readonly session: number | null;
  readonly seconds: number;
  /** What it printed (or why it was refused). */
  readonly output: string;
};

const statusLine = /^(?:exit (\d+)|(signal \S+|timed out)|running · session (\d+)) · ([\d.]+) s$/;

/** Reads the shell tool's answer. Text of any other form is `refused` or `lost`. */
export const readOutcome = (result: string): CommandOutcome => {
  const end = result.indexOf("\n");
  const first = end < 0 ? result : result.slice(0, end);
  const output = end < 0 ? "" : result.slice(end + 1);
  const match = statusLine.exec(first);
  if (match === null) {
    const lost = result === "" || /stopped before this finished|^not run: /.test(result);
    return { state: lost ? "lost" : "refused", code: null, session: null, seconds: 0, output: result };
  }
  const seconds = Number(match[4]);
  if (match[1] !== undefined) return { state: "exited", code: Number(match[1]), session: null, seconds, output };
  if (match[3] !== undefined) return { state: "running", code: null, session: Number(match[3]), seconds, output };
  return { state: "killed", code: null, session: null, seconds, output: `${output}\n(${match[2] ?? "ended"})` };
};

/** Whether it ended with exit code 0. */
export const passed = (outcome: CommandOutcome): boolean => outcome.state === "exited" && outcome.code === 0;

const gap = /^… [\d,]+ bytes left out.*…$/;

/** Whether the shell tool left out the middle of the output. */
export const isCut = (outcome: CommandOutcome): boolean => outcome.output.split("\n").some((line) => gap.test(line));

/** The lines of an output, without the shell tool's own note of what it left out. */
export const outputLines = (outcome: CommandOutcome): string[] =>
  outcome.output.split("\n").filter((line) => line !== "" && !gap.test(line));

/** The last lines of an output, for a person. */
export const lastLines = (output: string, count: number): string =>
  output.trimEnd().split("\n").slice(-count).join("\n");
