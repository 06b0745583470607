import { type CheckFound, findings } from "../doctor/findings.ts";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { oneLine, visibleLine } from "../render/plain-text.ts";
import { UsageError } from "../usage-error.ts";
import { doctorHelp } from "./help.ts";

const marks = { ok: "✓", note: "·", warning: "!", broken: "✗" } as const;
const colours = { ok: "green", note: "dim", warning: "yellow", broken: "red" } as const;

const lineOf = ({ name, state, says, remedy }: CheckFound): string => {
  const c = coloursFor(process.stdout);
  const head = `${c[colours[state]](marks[state])} ${name.padEnd(13)} ${oneLine(says, 400)}`;
  return remedy === undefined ? head : `${head}\n  ${" ".repeat(13)} ${c.dim(`→ ${visibleLine(remedy)}`)}`;
};

/** `fettle doctor`: what of this machine, this configuration and this folder works, and what to do about the rest. */
export const doctor = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("doctor", args, {
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(doctorHelp);
    return 0;
  }
  if (positionals.length > 0)
    throw new UsageError(`unknown argument ${JSON.stringify(positionals[0])}; see: fettle doctor --help`);
  const all: CheckFound[] = [];
  for await (const found of findings(fettleHome(), process.cwd())) {
    all.push(found);
    if (values.json !== true) process.stdout.write(`${lineOf(found)}\n`);
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  return all.some(({ state }) => state === "broken") ? 1 : 0;
};
