import type { ProviderStatus } from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import type { Colours } from "./colours.ts";

/** A provider as `fettle models` shows it. */
export const providerLines = (provider: ProviderStatus, c: Colours): string => {
  const { id, baseUrl, reachable, problem, key, keySource } = provider;
  const mark = reachable === true && problem === null ? c.green("✓") : c.dim("·");
  const keyed = key === "present" ? `, key from ${keySource}` : "";
  const state = plainText(problem ?? (reachable === true ? `reachable${keyed}` : "not reachable"));
  const models = provider.models.map((model) => `    ${plainText(model)}\n`).join("");
  return `${mark} ${id.padEnd(11)} ${state} ${c.dim(`(${baseUrl})`)}\n${models}`;
};

/** Names come from whatever answers there, and people paste these lines. */
const shellWord = (text: string): string => (/^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The servers that were found on this machine, with the words to use each of their models. */
export const discoveredText = (found: readonly ProviderStatus[], c: Colours): string => {
  if (found.length === 0) {
    return "no server for models answers on this machine (looked for Ollama, LM Studio, llama.cpp and vLLM)\n";
  }
  const lines = found.map(({ name, baseUrl, models }) => {
    const uses = models.map((model) => `    fettle exec -m ${shellWord(plainText(model))} "…"\n`).join("");
    return `${c.green("✓")} ${name} ${c.dim(`(${baseUrl})`)}\n${uses === "" ? "    it has no models yet\n" : uses}`;
  });
  return lines.join("");
};
