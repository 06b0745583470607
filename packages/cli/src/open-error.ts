import { CommandError } from "./usage-error.ts";

/** A thread that cannot be opened: exit code 2 when the id is to blame, 1 when the thread itself is. */
export const openError = (failure: { readonly code: string; readonly message: string }): CommandError =>
  new CommandError(failure.message, failure.code === "not_found" || failure.code === "ambiguous" ? 2 : 1);
