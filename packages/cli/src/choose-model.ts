import {
  type Config,
  createRemoteModel,
  decideRetry,
  type Effort,
  type Model,
  openOfflineModel,
  resolveModel,
  retryLimitsOf,
  type ThreadSetup,
} from "@fettle/agent";
import { programRoots, searchProgram } from "./entry/program-files.ts";
import { CommandError } from "./usage-error.ts";

export type ChosenModel = {
  readonly model: Model;
  readonly effort: Effort | undefined;
  readonly decideRetry: ThreadSetup["decideRetry"];
  /** Folders that the model's own commands need to read. */
  readonly programRoots: readonly string[];
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
  const { choice } = resolved;
  const limits = choice.kind === "remote" ? retryLimitsOf(choice) : undefined;
  const retry: ThreadSetup["decideRetry"] = (attempt, failure) =>
    decideRetry({ attempt, failure, random: Math.random() }, limits);
  if (choice.kind === "remote")
    return {
      model: createRemoteModel(choice),
      effort: choice.effort,
      decideRetry: retry,
      programRoots: [],
      note: resolved.note ?? null,
    };
  const model = await openOfflineModel({ searchProgram: searchProgram(), seed: 1, seconds: 20 });
  const named = asked ?? config.model ?? config.model_provider;
  const note = named === undefined ? `working with the offline engine (${choice.reason})` : null;
  return { model, effort: undefined, decideRetry: retry, programRoots: programRoots(), note };
};
