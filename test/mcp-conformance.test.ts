import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runClientScenario, runServerScenario, serverScenarios } from "./support/conformance.ts";

/* The scenarios that a change of ours is likeliest to break; `npm run conformance` runs all that apply. */

const clientScenarios = [
  ...["tools_call", "elicitation-sep1034-client-defaults", "sse-retry"],
  ...["json-schema-2020-12-preservation", "auth/metadata-var3", "auth/scope-step-up", "auth/pre-registration"],
  ...["auth/iss-wrong-issuer", "auth/metadata-issuer-mismatch"],
];

describe("mcp: the protocol's own conformance program", { concurrency: 2 }, () => {
  for (const scenario of clientScenarios)
    test(`as a client: ${scenario}`, async () => {
      const { passed, wrong } = await runClientScenario(scenario);
      assert.deepEqual(wrong, []);
      assert.ok(passed > 0, "nothing was checked");
    });
  for (const scenario of serverScenarios)
    test(`as a server: ${scenario}`, async () => {
      const { passed, wrong } = await runServerScenario(scenario);
      assert.deepEqual(wrong, []);
      assert.ok(passed > 0, "nothing was checked");
    });
});
