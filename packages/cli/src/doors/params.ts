import { issueWords, RpcError, rpcCodes } from "@fettle/protocol";
import * as z from "zod/mini";
import { visibleLine } from "../render/plain-text.ts";
import { CommandError, UsageError } from "../usage-error.ts";

/* Both doors: what comes in, and what is said when it does not work. */

/** The parameters of a request; an RpcError that names what is wrong with them. */
export const parseParams = <T>(schema: z.core.$ZodType<T>, params: unknown): T => {
  const parsed = z.safeParse(schema, params ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `;
  throw new RpcError(
    rpcCodes.invalidParams,
    `${place}${issue === undefined ? "invalid parameters" : issueWords(issue)}`,
  );
};

/** What a request failed for, in one line; what the caller can do about it is in that line. */
export const rpcErrorOf = (error: unknown): RpcError => {
  if (error instanceof RpcError) return error;
  const message = visibleLine(error instanceof Error ? error.message : String(error));
  const ours = error instanceof CommandError || error instanceof UsageError;
  return new RpcError(ours ? rpcCodes.invalidParams : rpcCodes.internal, message);
};
