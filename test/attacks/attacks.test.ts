import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingGetsOut } from "./nothing-gets-out.ts";
import { attacks, trySuite } from "./suite.ts";

test("as an ordinary user, nothing gets out of the sandbox and everything usual works in it", () =>
  nothingGetsOut("ordinary"));

test("the attacks are attacks: without a sandbox they get through", async () => {
  const names = ["absolute path", "hooks", "TCP to the host", "environment", "a process of the user's killed"];
  const some = attacks.filter(({ name }) => names.includes(name));
  const outcomes = await trySuite(some, { target: "none", user: "ordinary", program: "" });
  assert.deepEqual(
    outcomes.map(({ name, failed }) => [name, failed]),
    some.map(({ name }) => [name, true]),
  );
});
