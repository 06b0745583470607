import assert from "node:assert/strict";
import { test } from "node:test";
import { type AutonomyLevel, autonomyLevel } from "@fettle/protocol";
import type { Rule, Verdict } from "@fettle/workspace";
import { type Asked, type Decision, decide } from "../../src/approvals/decide.ts";

/* The whole table: every level against everything that may be asked, attended by nobody's earlier grants. */

const rule = (decision: Rule["decision"], run: Rule["run"] = "sandbox"): Rule => ({
  layer: "built-in",
  source: "built-in: test",
  decision,
  reason: null,
  run,
  matches: () => true,
  precision: 1,
  exact: false,
});

const verdict = (said: Partial<Verdict>): Verdict => ({
  decision: "unmatched",
  why: "because",
  rule: null,
  unclear: null,
  readOnly: false,
  run: "sandbox",
  commands: [],
  ...said,
});

const askedAbout = (by: Rule): Verdict =>
  verdict({
    decision: "ask",
    rule: by,
    commands: [{ text: "x", decision: "ask", rule: by, lifted: null, why: "because" }],
  });

const command = (said: Verdict, outside = false): Asked => ({ kind: "command", verdict: said, outside });

const cases: Readonly<Record<string, Asked>> = {
  patch: { kind: "patch" },
  "read-only command": command(verdict({ readOnly: true })),
  "read-only command a rule asks about": command({ ...askedAbout(rule("ask")), readOnly: true }),
  "allowed command": command(verdict({ decision: "allow", rule: rule("allow") })),
  "command no rule speaks of": command(verdict({})),
  "command a rule asks about": command(askedAbout(rule("ask"))),
  "command that is not clear": command(verdict({ decision: "ask", unclear: "eval" })),
  "command that never runs": command(verdict({ decision: "never", rule: rule("never") })),
  "command asking to leave the sandbox": command(verdict({}), true),
  "reading command asking to leave it": command(verdict({ readOnly: true }), true),
  "allowed command asking to leave it": command(verdict({ decision: "allow", rule: rule("allow") }), true),
  "command allowed on the host": command(verdict({ decision: "allow", run: "host", rule: rule("allow", "host") })),
  "git push": command(askedAbout(rule("ask", "host"))),
  "unknown host": { kind: "network" },
};

/* `sandbox` and `host`: runs there. `ask` and `ask host`: where it runs once it is allowed. */
const rows: Readonly<Record<string, readonly [string, string, string, string, string]>> = {
  //                                     suggest     edit        run         trusted     full
  patch: ["ask", "sandbox", "sandbox", "sandbox", "host"],
  "read-only command": ["sandbox", "sandbox", "sandbox", "sandbox", "host"],
  "read-only command a rule asks about": ["ask", "ask", "ask", "ask", "ask host"],
  "allowed command": ["ask", "sandbox", "sandbox", "sandbox", "host"],
  "command no rule speaks of": ["ask", "ask", "sandbox", "sandbox", "host"],
  "command a rule asks about": ["ask", "ask", "ask", "ask", "ask host"],
  "command that is not clear": ["ask", "ask", "ask", "ask reviewed", "ask host"],
  "command that never runs": ["refuse", "refuse", "refuse", "refuse", "refuse"],
  "command asking to leave the sandbox": ["ask host", "ask host", "ask host", "ask host", "host"],
  "reading command asking to leave it": ["ask host", "ask host", "ask host", "ask host", "host"],
  "allowed command asking to leave it": ["ask host", "ask host", "ask host", "ask host", "host"],
  "command allowed on the host": ["ask host", "host", "host", "host", "host"],
  "git push": ["ask host", "ask host", "ask host", "ask host", "ask host"],
  "unknown host": ["ask", "ask", "ask", "ask", "host"],
};

const places = { "read-only": "reading", "workspace-write": "sandbox", "danger-full-access": "host" } as const;

const shown = (decision: Decision): string => {
  if (decision.type === "refuse") return "refuse";
  const place = places[decision.mode];
  if (decision.type === "run") return place;
  return `ask${decision.reviewable ? " reviewed" : ""}${place === "sandbox" ? "" : ` ${place}`}`;
};

const at = (asked: Asked, level: AutonomyLevel, more: { readOnly?: boolean; granted?: boolean } = {}): Decision =>
  decide(asked, { level, readOnly: false, granted: false, ...more });

for (const [name, asked] of Object.entries(cases))
  test(`levels: ${name}`, () => {
    assert.deepEqual(
      autonomyLevel.options.map((level) => shown(at(asked, level))),
      rows[name],
    );
  });

test("a grant runs what would be asked about, where it was asked about, and nothing that never runs", () => {
  for (const [name, asked] of Object.entries(cases))
    for (const level of autonomyLevel.options) {
      const before = at(asked, level);
      const after = at(asked, level, { granted: true });
      const expected = before.type === "ask" ? { type: "run", mode: before.mode } : before;
      assert.deepEqual(after, expected, `${name} at ${level}`);
    }
});

test("a run that may only read stays so at every level, grants or not", () => {
  for (const [name, asked] of Object.entries(cases))
    for (const level of autonomyLevel.options)
      for (const granted of [false, true]) {
        const decision = at(asked, level, { readOnly: true, granted });
        if (decision.type !== "refuse") assert.equal(decision.mode, "read-only", `${name} at ${level}`);
        if (asked.kind === "patch" || (asked.kind === "command" && asked.outside))
          assert.equal(decision.type, "refuse", `${name} at ${level}`);
      }
});

test("no level asks less than a stricter one, but for where things run", () => {
  const freedom = { refuse: 0, ask: 1, run: 2 };
  for (const [name, asked] of Object.entries(cases)) {
    const given = autonomyLevel.options.map((level) => freedom[at(asked, level).type]);
    assert.deepEqual(given, given.toSorted(), name);
  }
});
