import { type Config, createRemoteModel, type Effort, type Model, resolveModel } from "@fettle/agent";
import { searchProgram } from "./entry/program-files.ts";
import { CommandError } from "./usage-error.ts";

export type ChosenModel = {
  readonly model: Model;
  readonly effort: Effort | undefined;
  /** One line for the user when the choice was made for them. */
  readonly note: string | null;
};

/** The model a run uses: what was asked for, what is configured, or the offline engine. */
export const chooseModel = async (config: Config, home: string, asked: string | undefined): Promise<ChosenModel> => {
  const resolved = await resolveModel(config, {
    env: process.env,
    home,
    ...(asked === undefined ? {} : { model: asked }),
  });
  if (!resolved.ok) throw new CommandError(resolved.message, 2);
  const effort = config.model_reasoning_effort;
  const { choice } = resolved;
  if (choice.kind === "remote") return { model: createRemoteModel(choice), effort, note: null };
  const { createOfflineModel } = await import("@fettle/agent/offline");
  const model = createOfflineModel({ searchProgram: searchProgram(), seed: 1, seconds: 20 });
  return { model, effort: undefined, note: choice.reason };
};
