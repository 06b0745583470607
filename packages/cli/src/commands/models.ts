import { listModels, loadConfig, type ProviderStatus } from "@fettle/agent";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { type Colours, coloursFor } from "../render/colours.ts";
import { plainText } from "../render/plain-text.ts";
import { CommandError } from "../usage-error.ts";
import { modelsHelp } from "./help.ts";

const providerLines = (provider: ProviderStatus, c: Colours): string => {
  const { id, baseUrl, reachable, problem, key, keySource } = provider;
  const mark = reachable === true && problem === null ? c.green("✓") : c.dim("·");
  const keyed = key === "present" ? `, key from ${keySource}` : "";
  const state = plainText(problem ?? (reachable === true ? `reachable${keyed}` : "not reachable"));
  const models = provider.models.map((model) => `    ${plainText(model)}\n`).join("");
  return `${mark} ${id.padEnd(11)} ${state} ${c.dim(`(${baseUrl})`)}\n${models}`;
};

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
  const found = await listModels(loaded.config, process.env, home);
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return 0;
  }
  const c = coloursFor(process.stdout);
  process.stdout.write(`${c.green("✓")} offline     built in: no key, no network; mends small bugs and finds things\n`);
  for (const provider of found) process.stdout.write(providerLines(provider, c));
  return 0;
};
