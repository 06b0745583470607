import { discoverModels, listModels, loadConfig } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { discoveredText, providerLines } from "../render/provider-lines.ts";
import { CommandError } from "../usage-error.ts";
import { modelsHelp } from "./help.ts";

/** `fettle models`: each provider, whether it can be used now, and what it offers. */
export const models = async (args: string[]): Promise<number> => {
  const { values } = parseOptions("models", args, {
    json: { type: "boolean" },
    discover: { type: "boolean" },
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
  const discover = values.discover === true;
  const found = await (discover ? discoverModels : listModels)(loaded.config, process.env, home);
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return 0;
  }
  const c = coloursFor(process.stdout);
  if (discover) {
    process.stdout.write(discoveredText(found, c));
    return 0;
  }
  process.stdout.write(`${c.green("✓")} offline     built in: no key, no network; mends small bugs and finds things\n`);
  for (const provider of found) process.stdout.write(providerLines(provider, c));
  return 0;
};
