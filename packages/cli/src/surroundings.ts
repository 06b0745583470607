import { homedir } from "node:os";
import {
  type Config,
  commandIn,
  type InstructionFiles,
  loadInstructionFiles,
  loadSkills,
  type Skills,
} from "@fettle/agent";

/** What a folder tells the model besides the facts of the machine. */
export type Tellable = { readonly files: InstructionFiles; readonly skills: Skills };

/** Reads the instruction files and skills that hold for `cwd`. */
export const readTellable = (home: string, cwd: string, config: Config): Tellable => ({
  files: loadInstructionFiles({
    home,
    cwd,
    ...(config.project_doc_max_bytes === undefined ? {} : { maxBytes: config.project_doc_max_bytes }),
    ...(config.project_doc_fallback_filenames === undefined
      ? {}
      : { fallbackNames: config.project_doc_fallback_filenames }),
  }),
  skills: loadSkills({ home, userHome: homedir(), cwd }),
});

/** All that the model is told first of all, as one text. */
export const surroundingsText = (environment: string, { files, skills }: Tellable): string =>
  [environment, files.text, skills.text].filter((text) => text !== "").join("\n\n");

/** What a person is told of them: what was cut, refused or left out, and a command that there is no skill for. */
export const tellableNotices = ({ files, skills }: Tellable, prompt: string): string[] => {
  const called = commandIn(prompt);
  const unknown = called !== null && !skills.skills.some(({ name }) => name === called.name);
  const missing = unknown ? [`there is no skill ${called.name}; the words are told as they are`] : [];
  return [...files.notices, ...skills.notices, ...missing];
};
