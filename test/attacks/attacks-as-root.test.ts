import { test } from "node:test";
import { nothingGetsOut } from "./nothing-gets-out.ts";

// test/attacks/run.ts shows the same as a table, and for other sandboxes.
test(
  "as root, nothing gets out of the sandbox and everything usual works in it",
  {
    skip: process.getuid?.() === 0 ? false : "only root can try it as root",
  },
  () => nothingGetsOut("root"),
);
