import { eventJsonSchema } from "@fettle/protocol";
import { parseOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { schemaHelp } from "./help.ts";

/** `fettle schema`: the JSON Schema of one line of `exec --json`. */
export const schema = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("schema", args, { help: { type: "boolean", short: "h" } });
  if (positionals.length > 0) throw new UsageError("no further words expected; see: fettle schema --help");
  process.stdout.write(values.help === true ? schemaHelp : `${JSON.stringify(eventJsonSchema(), null, 2)}\n`);
  return 0;
};
