import { RpcError, rpcCodes } from "@fettle/protocol";
import * as z from "zod/mini";

/** The parameters of a request; an RpcError that names what is wrong with them. */
export const parseParams = <T>(schema: z.core.$ZodType<T>, params: unknown): T => {
  const parsed = z.safeParse(schema, params ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `;
  throw new RpcError(rpcCodes.invalidParams, `${place}${issue?.message ?? "invalid parameters"}`);
};
