import assert from "node:assert/strict";
import { test } from "node:test";
import type { HookEvent } from "../../src/config/hook-schema.ts";
import { type HookAnswer, readAnswer } from "../../src/hooks/answer.ts";

const exit = (stdout: string, code = 0, stderr = "") => ({ code, stdout, stderr, error: null, durationMs: 1 });
const said = (decision: "allow" | "ask" | "deny" | null, reason: string | null = null, context: string | null = null) =>
  ({ ok: true, decision, reason, context }) satisfies HookAnswer;

test("the short form, the published form and exit codes mean the same", () => {
  const cases: [HookEvent, ReturnType<typeof exit>, HookAnswer][] = [
    ["PreToolUse", exit(""), said(null)],
    ["PreToolUse", exit("plain words"), said(null)],
    ["SessionStart", exit(" plain words\n"), said(null, null, "plain words")],
    ["PreToolUse", exit("ignored", 2, " because\n"), said("deny", "because")],
    ["PreToolUse", exit("{}"), said(null)],
    ["PreToolUse", exit('{"decision":null,"reason":null,"hookSpecificOutput":null}'), said(null)],
    ["PreToolUse", exit('{"decision":"block","reason":"no"}'), said("deny", "no")],
    ["PreToolUse", exit('{"decision":"approve","systemMessage":"x"}'), said("allow")],
    [
      "PreToolUse",
      exit(
        '{"hookSpecificOutput":{"permissionDecision":"ask","permissionDecisionReason":"r","additionalContext":"c"}}',
      ),
      said("ask", "r", "c"),
    ],
    [
      "PermissionRequest",
      exit('{"hookSpecificOutput":{"decision":{"behavior":"deny","message":"m"}}}'),
      said("deny", "m"),
    ],
    ["PreToolUse", exit('{"continue":false,"stopReason":"s","decision":"allow"}'), said("deny", "s")],
    ["Stop", exit('{"continue":false}'), said(null)],
  ];
  for (const [event, given, expected] of cases) assert.deepEqual(readAnswer(event, given), expected, given.stdout);
});

test("what is no answer is a failure with its reason, and long words are cut", () => {
  const failure = (given: Parameters<typeof readAnswer>[1]): string => {
    const answer = readAnswer("PreToolUse", given);
    assert.equal(answer.ok, false);
    return answer.ok ? "" : answer.error;
  };
  assert.equal(failure(exit("", 1, "a\nlast line\n")), "exit 1: last line");
  assert.match(failure(exit('{"decision":')), /is none/);
  assert.match(failure(exit('{"decision":7}')), /not of the form expected/);
  assert.match(failure(exit('{"decision":"toString"}')), /"toString", not allow, ask or deny/);
  assert.equal(failure({ ...exit(""), code: null, error: "it took too long" }), "it took too long");
  const long = readAnswer("UserPromptSubmit", exit("x".repeat(20_000)));
  assert.match((long.ok && long.context) || "", /^x{10000}… \[cut: 20000 characters\]$/);
});
