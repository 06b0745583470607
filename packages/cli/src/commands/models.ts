import { discoverModels, listModels, loadConfig, type ProviderStatus } from "@fettle/agent";
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

const discovered = (found: readonly ProviderStatus[], c: Colours): string => {
  if (found.length === 0) {
    return "no server for models answers on this machine (looked for Ollama, LM Studio, llama.cpp and vLLM)\n";
  }
  const lines = found.map(({ name, baseUrl, models }) => {
    const uses = models.map((model) => `    fettle exec -m ${plainText(model)} "…"\n`).join("");
    return `${c.green("✓")} ${name} ${c.dim(`(${baseUrl})`)}\n${uses === "" ? "    it has no models yet\n" : uses}`;
  });
  return lines.join("");
};

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
    process.stdout.write(discovered(found, c));
    return 0;
  }
  process.stdout.write(`${c.green("✓")} offline     built in: no key, no network; mends small bugs and finds things\n`);
  for (const provider of found) process.stdout.write(providerLines(provider, c));
  return 0;
};
