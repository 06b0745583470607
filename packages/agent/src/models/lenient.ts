import * as z from "zod/mini";

/* Counts and ids that are not what they should be must not cost an answer that is. */

export const count = z.catch(z.nullish(z.number().check(z.nonnegative())), undefined);
export const id = z.catch(z.nullish(z.string()), undefined);
