import assert from "node:assert/strict";
import { test } from "node:test";
import {
  failureOfAnswer,
  failureOfError,
  failureOfFault,
  isOverflow,
  redact,
  retryAfterOf,
} from "../../src/models/failure.ts";
import { testChoice, testKey } from "../support/remote-choice.ts";

const choice = testChoice("http://127.0.0.1:1/v1", "responses", {
  provider: { headers: { "x-secret": "hush-hush-1" } },
});
const now = Date.parse("2030-01-01T00:00:00Z");
const answer = (status: number, message: string, code?: string, headers = {}) =>
  failureOfAnswer({ status, headers, error: { message, ...(code === undefined ? {} : { code }) } }, choice, now);

test("a status becomes a code", () => {
  const table: readonly (readonly [ReturnType<typeof answer>, string, boolean])[] = [
    [answer(401, "bad key"), "authentication", false],
    [answer(403, "country not supported"), "authentication", false],
    [answer(404, "The model gpt-9 does not exist"), "model_not_found", false],
    [answer(404, "page not found"), "model_not_found", false],
    [answer(400, "no such parameter"), "bad_request", false],
    [answer(400, "too many tokens", "context_length_exceeded"), "context_overflow", false],
    [answer(413, "body too big"), "context_overflow", false],
    [answer(500, "the request exceeds the available context size"), "context_overflow", false],
    [answer(429, "slow"), "rate_limited", true],
    [answer(429, "pay", "insufficient_quota"), "rate_limited", false],
    [answer(500, "oops"), "bad_response", true],
    [answer(502, ""), "bad_response", true],
    [answer(503, "busy"), "overloaded", true],
    [answer(529, "busy"), "overloaded", true],
    [answer(301, "", undefined, { location: "https://elsewhere.example/v1" }), "bad_request", false],
    [answer(400, "blocked", "content_filter"), "refused", false],
  ];
  for (const [failure, code, transient] of table) {
    assert.deepEqual([failure.code, failure.transient], [code, transient], failure.message);
    assert.ok(!failure.message.includes("\n"));
  }
  assert.match(answer(401, "bad key").message, /OPENAI_API_KEY/);
  assert.match(answer(404, "The model gpt-9 does not exist").message, /fettle models/);
  assert.match(answer(404, "page not found").message, /base_url/);
});

test("how long the provider wants us to wait", () => {
  assert.equal(retryAfterOf({ "retry-after": "2" }, now), 2000);
  assert.equal(retryAfterOf({ "retry-after": "0.5" }, now), 500);
  assert.equal(retryAfterOf({ "retry-after": "Tue, 01 Jan 2030 00:00:03 GMT" }, now), 3000);
  assert.equal(retryAfterOf({ "retry-after": "Mon, 31 Dec 2029 00:00:00 GMT" }, now), 0);
  assert.equal(retryAfterOf({ "retry-after": "soon" }, now), undefined);
  assert.equal(retryAfterOf({ "retry-after": "9", "retry-after-ms": "120" }, now), 120);
  assert.equal(retryAfterOf({}, now), undefined);
  assert.equal(answer(429, "Please try again in 1.5s.").retryAfterMs, 1500);
  assert.equal(failureOfError({ code: "rate_limit_exceeded", message: "try again in 20ms" }, choice).retryAfterMs, 20);
});

test("an overflow is recognised in the words of each server", () => {
  for (const text of [
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "the request exceeds the available context size, try increasing it",
    "request (9000 tokens) exceeds the available context size (8192 tokens)",
    "The number of tokens to keep from the initial prompt is greater than the context length.",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "context_length_exceeded",
  ]) {
    assert.ok(isOverflow(text), text);
  }
  for (const text of [
    "rate limit reached for tokens per minute",
    "invalid value for context",
    "the image is too large",
  ]) {
    assert.ok(!isOverflow(text), text);
  }
});

test("errors inside a stream", () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["server_error", "bad_response", true],
    ["rate_limit_exceeded", "rate_limited", true],
    ["context_length_exceeded", "context_overflow", false],
    ["server_is_overloaded", "overloaded", true],
    ["slow_down", "overloaded", true],
    ["insufficient_quota", "rate_limited", false],
    ["invalid_prompt", "bad_request", false],
    ["cyber_policy", "refused", false],
    ["invalid_api_key", "authentication", false],
  ];
  for (const [code, expected, transient] of table) {
    const failure = failureOfError({ code, message: "x" }, choice);
    assert.deepEqual([failure.code, failure.transient], [expected, transient], code);
  }
});

test("faults of the connection say where and what to do", () => {
  const refused = { kind: "network", phase: "connect", code: "ECONNREFUSED", message: "connect" } as const;
  const local = testChoice("http://127.0.0.1:11434/v1", "chat", { provider: { id: "ollama", name: "Ollama" } });
  const far = testChoice("https://models.example/v1", "chat");
  const remote = failureOfFault(refused, far);
  assert.deepEqual(failureOfFault(refused, local), {
    code: "unreachable",
    transient: false,
    message: "nothing listens at http://127.0.0.1:11434/v1: start it with `ollama serve`",
  });
  assert.deepEqual([remote.code, remote.transient], ["unreachable", true]);
  assert.equal(failureOfFault({ kind: "aborted" }, far).code, "interrupted");
  assert.equal(failureOfFault({ kind: "timeout", phase: "stream", ms: 5000 }, far).code, "timeout");
  assert.equal(failureOfFault({ kind: "timeout", phase: "connect", ms: 5000 }, far).code, "unreachable");
  assert.match(failureOfFault({ ...refused, code: "ENOTFOUND" }, far).message, /models\.example/);
  const untrusted = failureOfFault({ ...refused, code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, far);
  assert.ok(!untrusted.transient && untrusted.message.includes("NODE_EXTRA_CA_CERTS"));
});

test("no secret is in a message", () => {
  const text = `Incorrect API key provided: ${testKey}, sk-proj-********abcd; Bearer abc.def; hush-hush-1; https://u:pw@host/`;
  const clean = redact(text, choice);
  for (const secret of [testKey, "abcd", "abc.def", "hush-hush-1", "pw"]) assert.ok(!clean.includes(secret), clean);
  assert.ok(!answer(401, text).message.includes(testKey));
});

test("what may come back by itself is told from what does not", () => {
  const refused = { kind: "network", phase: "connect", code: "ECONNREFUSED", message: "connect" } as const;
  const near = testChoice("http://localhost:8080/v1", "chat");
  const far = testChoice("https://models.example/v1", "chat");
  assert.equal(failureOfFault(refused, near).absent, undefined);
  const restarting = failureOfFault(refused, near, true);
  assert.deepEqual([restarting.absent, restarting.transient], ["server", true]);
  for (const code of ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EAI_AGAIN", "ETIMEDOUT"])
    assert.equal(failureOfFault({ ...refused, code }, far).absent, "network", code);
  const noHost = { ...refused, code: "ENOTFOUND" };
  assert.equal(failureOfFault(noHost, far, true, true).absent, "network", "it was there before");
  assert.equal(failureOfFault(noHost, far, false, false).absent, "network", "nothing can be found without a network");
  const mistyped = failureOfFault(noHost, far, false, true);
  assert.deepEqual([mistyped.absent, mistyped.transient], [undefined, true]);
  assert.match(mistyped.message, /^there is no host models\.example; check base_url/);
  assert.equal(failureOfFault({ kind: "timeout", phase: "connect", ms: 100 }, far).absent, "network");
  assert.equal(failureOfFault({ kind: "timeout", phase: "stream", ms: 100 }, far).absent, undefined);
  for (const code of ["DEPTH_ZERO_SELF_SIGNED_CERT", "EPROTO"])
    assert.deepEqual([failureOfFault({ ...refused, code }, far).transient], [false], code);
});
