import { join } from "node:path";
import { loadRules } from "@fettle/workspace";
import { rulesPath } from "./project-files.ts";
import { type Repository, trustNote, trustOfFile } from "./trust.ts";

/**
 * The rules that hold in a repository: the user's, and the project's as far as it is trusted. The text that was compared
 * with what a person trusted is the text that counts.
 */
export const loadThreadRules = async (repository: Repository): ReturnType<typeof loadRules> => {
  const { home, root } = repository;
  const file = trustOfFile(repository, rulesPath);
  const project =
    file.text === null ? null : { file: join(root, rulesPath), text: file.text, trusted: file.state === "trusted" };
  const loaded = await loadRules({ user: join(home, "rules.toml"), project });
  // Of an ordinary untrusted file the loader says itself how much of it does not count.
  const unusual = file.refused !== null || (file.problem !== null && project !== null);
  const note = unusual ? trustNote(file, "it") : null;
  return note === null ? loaded : { ...loaded, notes: [note, ...loaded.notes] };
};
