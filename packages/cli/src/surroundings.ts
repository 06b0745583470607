import { homedir } from "node:os";
import {
  type Config,
  commandIn,
  describeEnvironment,
  type InstructionFiles,
  loadInstructionFiles,
  loadSkills,
  type Skills,
} from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import type { Policy } from "@fettle/workspace";

/** What a folder tells the model besides the facts of the machine. */
export type TellableFiles = { readonly files: InstructionFiles; readonly skills: Skills };

/** All that a thread can tell the model of where it is. */
export type Tellable = TellableFiles & {
  readonly environment: string;
  /** What is told first of all, as one text. */
  readonly surroundings: string;
};

/** Reads the instruction files and skills that hold for `cwd`. */
export const readTellable = (home: string, cwd: string, config: Config): TellableFiles => ({
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

/** The same with the facts of the machine, as they are under `policy`. */
export const withEnvironment = (told: TellableFiles, root: string, policy: Policy): Tellable => {
  const environment = describeEnvironment({ root, policy, shell: "bash" });
  const texts = [environment, told.files.text, told.skills.text];
  return { ...told, environment, surroundings: texts.filter((text) => text !== "").join("\n\n") };
};

/** What a thread is set up with of it. */
export const setupOf = ({ surroundings, files, skills }: Tellable) => ({
  surroundings,
  nested: files.nested,
  skills: skills.skills,
});

/** What a person is told of them: what was cut, refused or left out, and a command that there is no skill for. */
export const tellableNotices = ({ files, skills }: TellableFiles, prompt: string): string[] => {
  const called = commandIn(prompt);
  const unknown = called !== null && !skills.skills.some(({ name }) => name === called.name);
  const missing = unknown ? [`there is no skill ${called.name}; the words are told as they are`] : [];
  return [...files.notices, ...skills.notices, ...missing].map(plainText);
};
