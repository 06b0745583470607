import { createRedaction, loadConfig, repositoryRoot, secretsInUse } from "@fettle/agent";
import { CommandError } from "./usage-error.ts";

/** A person's words as they may be written down: without secrets of this environment. Throws a CommandError for a bad configuration. */
export const withoutSecrets = async (home: string, text: string): Promise<string> => {
  const root = repositoryRoot(process.cwd());
  const loaded = await loadConfig({ home, root, overrides: [], env: process.env });
  if (!loaded.ok) throw new CommandError(loaded.message, 2);
  return createRedaction(await secretsInUse(loaded.config, process.env, home))?.text(text) ?? text;
};
