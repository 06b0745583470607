import type { Model } from "../../model.ts";
import type { OfflineOptions } from "./decide.ts";

/** The offline engine, which is loaded only by who works with it. */
export const openOfflineModel = async (options: OfflineOptions): Promise<Model> =>
  (await import("./offline-model.ts")).createOfflineModel(options);
