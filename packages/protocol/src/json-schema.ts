import * as z from "zod/mini";
import { threadEvent } from "./events.ts";

/** The JSON Schema (draft 2020-12) of one line of `fettle exec --json`, for programs in other languages. */
export const eventJsonSchema = (): Record<string, unknown> =>
  z.toJSONSchema(threadEvent, { reused: "ref" }) as Record<string, unknown>;
