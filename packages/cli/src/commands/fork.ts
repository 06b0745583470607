import { forkThread } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { openError } from "../open-error.ts";
import { parseOptions } from "../options.ts";
import { CommandError } from "../usage-error.ts";
import { forkHelp } from "./help.ts";
import { threadGiven, turnGiven } from "./thread-arguments.ts";

/** `fettle fork`: a new thread that begins with the turns of another one. */
export const fork = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("fork", args, {
    turn: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(forkHelp);
    return 0;
  }
  const made = forkThread(fettleHome(), threadGiven("fork", positionals), turnGiven(values.turn));
  if (!made.ok) throw made.code === "no_turn" ? new CommandError(made.message, 2) : openError(made);
  const { id, from, turn, later } = made;
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify({ id, from, turn, later })}\n`);
    return 0;
  }
  process.stdout.write(`${id}\n`);
  const left = later === 0 ? "" : `; ${later === 1 ? "a later turn is" : `${later} later turns are`} not in it`;
  process.stderr.write(
    `a copy of thread ${from} up to turn ${turn}${left}; the files are as they are\n` +
      `go on: fettle exec resume ${id.slice(0, 13)} "…"\n`,
  );
  return 0;
};
