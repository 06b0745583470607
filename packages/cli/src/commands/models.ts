import { listModels, loadConfig } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { CommandError } from "../usage-error.ts";
import { modelsHelp } from "./help.ts";

/** `fettle models`: each provider, whether it can be used now, and what it offers. */
export const models = async (args: string[]): Promise<number> => {
  const { values } = parseOptions("models", args, {
    json: { type: "boolean" },
    config: { type: "string", short: "c", multiple: true },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(modelsHelp);
    return 0;
  }
  const home = fettleHome();
  const loaded = await loadConfig({ home, overrides: values.config ?? [], env: process.env });
  if (!loaded.ok) throw new CommandError(loaded.message, 2);
  const found = await listModels(loaded.config, { env: process.env, home });
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return 0;
  }
  const c = coloursFor(process.stdout);
  for (const provider of found) {
    const mark = provider.usable ? c.green("✓") : c.dim("·");
    process.stdout.write(`${mark} ${provider.id.padEnd(10)} ${provider.status}\n`);
    for (const id of provider.models) process.stdout.write(`    ${id}\n`);
  }
  return 0;
};
