import type { ToolCallPart } from "@fettle/protocol";
import * as z from "zod/mini";
import { isJson } from "./exchange.ts";

/* Puts tool calls together from the pieces in which servers send them. */

const piece = z.object({
  index: z.nullish(z.number()),
  id: z.nullish(z.string()),
  function: z.nullish(
    z.object({
      name: z.nullish(z.string()),
      /** An object where the server parsed them already. */
      arguments: z.nullish(z.union([z.string(), z.record(z.string(), z.unknown())])),
    }),
  ),
});
const pieces = z.array(piece);
type Piece = z.infer<typeof piece>;

type Open = { index: number | undefined; id: string; name: string; arguments: string };

export type CallCollector = {
  /** False: not a list of tool calls. */
  add(value: unknown): boolean;
  /** The calls in order. With `cut`, one whose arguments are not whole JSON is left out: the output limit cut it. */
  finish(cut: boolean): ToolCallPart[];
};

/** The call that a piece continues; undefined when it begins a new one. */
const continued = (calls: readonly Open[], given: Piece): Open | undefined => {
  const { index, id } = given;
  const name = given.function?.name ?? "";
  if (typeof index === "number") {
    const same = calls.findLast((call) => call.index === index);
    // Some servers number every parallel call 0: another id with a name is another call.
    const other = same !== undefined && id && same.id !== "" && id !== same.id && name !== "";
    return other ? undefined : same;
  }
  if (id) return calls.find((call) => call.id === id);
  return name === "" ? calls.at(-1) : undefined;
};

/** Servers may leave out the index, the id, or both, repeat the name, or give the arguments as an object. */
export const createCallCollector = (): CallCollector => {
  const calls: Open[] = [];
  return {
    add(value) {
      const parsed = pieces.safeParse(value);
      if (!parsed.success) return false;
      for (const given of parsed.data) {
        let call = continued(calls, given);
        if (call === undefined) {
          call = { index: given.index ?? undefined, id: "", name: "", arguments: "" };
          calls.push(call);
        }
        if (call.id === "") call.id = given.id ?? "";
        if (call.name === "") call.name = given.function?.name ?? "";
        const written = given.function?.arguments ?? "";
        call.arguments += typeof written === "string" ? written : JSON.stringify(written);
      }
      return true;
    },
    finish: (cut) =>
      calls.flatMap((call): ToolCallPart[] => {
        const written = call.arguments === "" ? "{}" : call.arguments;
        if (call.name === "" || (cut && !isJson(written))) return [];
        const call_id = call.id === "" ? `call_${crypto.randomUUID().replaceAll("-", "")}` : call.id;
        return [{ type: "call", call_id, name: call.name, arguments: written }];
      }),
  };
};
